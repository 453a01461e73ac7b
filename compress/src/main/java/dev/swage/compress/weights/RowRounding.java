package dev.swage.compress.weights;

import dev.swage.quant.BalancedRounding;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * Rounds the rows of a weight so that their response to what they mostly see stays, without any
 * data. To the nearest code, each element errs by itself; but the inputs of a row are alike, and
 * then the errors of its elements add up.
 */
final class RowRounding {
  private final Tensor weight;
  private final QuantScheme scheme;
  private final float[] scales;
  private final int[] zeroPoints;
  private final int[] codes;
  private final int row;
  private final int group;

  private RowRounding(Tensor weight, QuantizedTensor nearest) {
    this.weight = weight;
    this.scheme = nearest.scheme();
    this.scales = nearest.params().scales();
    this.zeroPoints = nearest.params().zeroPoints();
    this.row = Math.toIntExact(weight.shape().inner(0));
    this.group =
        scheme.granularity() instanceof Granularity.PerGroup(int axis, int size) ? size : row;
    MemorySegment bytes = Bytes.unpack(nearest.codes());
    boolean signed = scheme.storage().isSigned();
    this.codes = new int[Math.toIntExact(weight.shape().elements())];
    for (int i = 0; i < codes.length; i++) {
      byte code = bytes.get(ValueLayout.JAVA_BYTE, i);
      codes[i] = signed ? code : Byte.toUnsignedInt(code);
    }
  }

  /**
   * {@link BalancedRounding} in each group of elements with a common scale: for inputs of one sign.
   *
   * @param weight float32 in the layout it is quantized in: a row for each index of the first axis
   * @param nearest its codes, rounded to the nearest; scales for all, for each index of the first
   *     axis or for groups within it
   */
  static QuantizedTensor balanced(Tensor weight, QuantizedTensor nearest) {
    return rows(weight, nearest, RowRounding::balance);
  }

  /**
   * The error of each element is carried over to the next of its row (error diffusion): what is
   * left of it are high frequencies. For neighbouring samples of a smooth signal; arguments as in
   * {@link #balanced}.
   */
  static QuantizedTensor diffused(Tensor weight, QuantizedTensor nearest) {
    return rows(weight, nearest, RowRounding::diffuse);
  }

  private static QuantizedTensor rows(
      Tensor weight, QuantizedTensor nearest, BiConsumer<RowRounding, Integer> round) {
    RowRounding rounding = new RowRounding(weight, nearest);
    long rows = weight.shape().dim(0);
    for (int row = 0; row < rows; row++) {
      round.accept(rounding, row);
    }
    return new QuantizedTensor(nearest.scheme(), nearest.params(), rounding.packed());
  }

  private Tensor packed() {
    MemorySegment bytes = HeapMemory.allocate(codes.length);
    for (int i = 0; i < codes.length; i++) {
      bytes.set(ValueLayout.JAVA_BYTE, i, (byte) codes[i]);
    }
    return Bytes.packed(scheme.storage(), weight.shape(), bytes);
  }

  /** The index of the scale of an element of a filter. */
  private int slot(int filter, int at) {
    return switch (scheme.granularity()) {
      case Granularity.PerTensor t -> 0;
      case Granularity.PerChannel c -> filter;
      case Granularity.PerGroup g -> filter * Math.ceilDiv(row, group) + at / group;
    };
  }

  private void diffuse(int filter) {
    double carried = 0;
    for (int at = 0; at < row; at++) {
      int i = filter * row + at;
      int slot = slot(filter, at);
      double wanted = weight.getFloat(i) + carried;
      double code = Math.rint(wanted / scales[slot]) + zeroPoints[slot];
      codes[i] = (int) Math.clamp(code, scheme.qmin(), scheme.qmax());
      double error = wanted - value(i, slot);
      carried = Math.clamp(error, -scales[slot], scales[slot]);
    }
  }

  private void balance(int filter) {
    for (int start = 0; start < row; start += group) {
      int slot = slot(filter, start);
      int from = filter * row + start;
      int to = filter * row + Math.min(row, start + group);
      int[] own = Arrays.copyOfRange(codes, from, to);
      double[] errors = new double[own.length];
      for (int i = from; i < to; i++) {
        errors[i - from] = error(i, slot);
      }
      BalancedRounding.balance(own, errors, scheme);
      System.arraycopy(own, 0, codes, from, own.length);
    }
  }

  /** In steps. */
  private double error(int i, int slot) {
    return (weight.getFloat(i) - value(i, slot)) / scales[slot];
  }

  private double value(int i, int slot) {
    return (double) scales[slot] * (codes[i] - zeroPoints[slot]);
  }
}
