package dev.swage.compress.weights;

import dev.swage.onnx.op.WeightKind;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What codes leave of the part of a weight that one input is multiplied with. Inputs of very
 * different magnitude, as features that nobody normalized, have weights that are so the other way
 * round; the small ones count as much as the others, and a scale for each output loses them while
 * the signal to noise ratio of the whole weight is high.
 *
 * <p>An index of an axis has {@code 10 log10(mean (w/s)² · 12)} decibels, with the scale s that
 * each of its elements has: what shares a scale is taken to be of one magnitude in use. That takes
 * no quantizing. Of large weights some output channels are looked at.
 */
public final class InputSpread {
  /** Elements that are looked at. */
  private static final long MOST_ELEMENTS = 1L << 16;

  /** At 8 bits, an index below has a root mean square of less than one step. */
  private static final double LOST_DB = 10;

  /** What fewer bits lose of everything, and a little less. */
  private static final double DB_PER_BIT = 5;

  private static final double BY_CHANCE_DB = 60;

  private final Tensor weight;
  private final int bits;
  private final int inputs;
  private final int outputs;
  private final long inputStride;
  private final long outputStride;
  private final long every;
  private final long[] rest;

  private InputSpread(Tensor weight, WeightKind kind, int bits) {
    Shape shape = weight.shape();
    int inputAxis = kind.inputAxis(shape.rank());
    int outputAxis = kind.outputAxis(shape.rank());
    this.weight = weight;
    this.bits = bits;
    this.inputs = Math.toIntExact(shape.dim(inputAxis));
    this.inputStride = shape.inner(inputAxis);
    this.outputStride = shape.inner(outputAxis);
    this.rest = rest(shape, inputAxis, outputAxis);
    long all = shape.dim(outputAxis);
    this.every = Math.clamp(Math.ceilDiv(shape.elements(), MOST_ELEMENTS), 1, all);
    this.outputs = Math.toIntExact(Math.ceilDiv(all, every));
  }

  /** Which elements share a scale. */
  private enum Sharing {
    OUTPUT,
    INPUT
  }

  /**
   * Whether a weight is one that several inputs are multiplied with, along an axis that its kind
   * knows. A grouped transposed convolution has a scale for each input anyway.
   */
  private static boolean isJudged(Tensor weight, WeightKind kind) {
    return weight.dtype() == DType.FLOAT32
        && kind != WeightKind.TABLE
        && kind != WeightKind.EINSUM
        && kind != WeightKind.EXPERTS
        && kind != WeightKind.CONVOLUTION_TRANSPOSED_GROUPED
        && kind.takesRank(weight.shape().rank())
        && weight.shape().elements() > 0
        && weight.shape().dim(kind.inputAxis(weight.shape().rank())) > 1;
  }

  /** Whether codes with a scale for each output lose what some input is multiplied with. */
  public static boolean isLost(Tensor weight, WeightKind kind, int bits) {
    return isJudged(weight, kind)
        && new InputSpread(weight, kind, bits).worst(Sharing.OUTPUT)
            < threshold(bits, perInput(weight, kind));
  }

  /** Whether codes with a scale for each input lose what some output is the sum of. */
  static boolean isLostByInput(Tensor weight, WeightKind kind, int bits) {
    Shape shape = weight.shape();
    long perOutput = shape.elements() / shape.dim(kind.outputAxis(shape.rank()));
    return new InputSpread(weight, kind, bits).worst(Sharing.INPUT) < threshold(bits, perOutput);
  }

  /** Elements that one input is multiplied with. */
  static long perInput(Tensor weight, WeightKind kind) {
    return weight.shape().elements() / weight.shape().dim(kind.inputAxis(weight.shape().rank()));
  }

  /** Of one, two or three elements all may be small by chance. */
  private static double threshold(int bits, long elements) {
    return LOST_DB - DB_PER_BIT * (8 - bits) - BY_CHANCE_DB / ((double) elements * elements);
  }

  private static long[] rest(Shape shape, int inputAxis, int outputAxis) {
    List<Long> offsets = new ArrayList<>(List.of(0L));
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (axis != inputAxis && axis != outputAxis) {
        List<Long> more = new ArrayList<>();
        for (long offset : offsets) {
          for (long i = 0; i < shape.dim(axis); i++) {
            more.add(offset + i * shape.inner(axis));
          }
        }
        offsets = more;
      }
    }
    return offsets.stream().mapToLong(Long::longValue).toArray();
  }

  private interface Visitor {
    void visit(int input, int output, double value);
  }

  private void visit(Visitor visitor) {
    for (long offset : rest) {
      for (int input = 0; input < inputs; input++) {
        for (int output = 0; output < outputs; output++) {
          long at = offset + input * inputStride + output * every * outputStride;
          visitor.visit(input, output, weight.getFloat(at));
        }
      }
    }
  }

  /** The least decibels of an index of the axis along which elements share no scale. */
  private double worst(Sharing sharing) {
    boolean byOutput = sharing == Sharing.OUTPUT;
    double[] largest = new double[byOutput ? outputs : inputs];
    visit((input, output, value) -> {
      int scale = byOutput ? output : input;
      largest[scale] = Math.max(largest[scale], Math.abs(value));
    });
    double levels = (1 << (bits - 1)) - 1;
    double[] noises = Arrays.stream(largest).map(max -> Math.pow(max / levels, 2) / 12).toArray();
    double[] ratios = new double[byOutput ? inputs : outputs];
    int[] counts = new int[ratios.length];
    visit((input, output, value) -> {
      double noise = noises[byOutput ? output : input];
      if (noise > 0) {
        int index = byOutput ? input : output;
        ratios[index] += value * value / noise;
        counts[index]++;
      }
    });
    double worst = Double.POSITIVE_INFINITY;
    for (int i = 0; i < ratios.length; i++) {
      if (ratios[i] > 0) {
        worst = Math.min(worst, 10 * Math.log10(ratios[i] / counts[i]));
      }
    }
    return worst;
  }
}
