package dev.swage.compress.weights;

import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.WeightForm;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.WeightPlanner.Decision;
import dev.swage.kernel.FloatSummary;
import dev.swage.kernel.Quantization;
import dev.swage.onnx.op.InputRole;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Large constants that are added or multiplied element by element, as tables of positions are.
 * Nothing averages the errors of their codes, so they get 8 bits at least, along the axis that
 * loses least, and stay as they are where codes would lose too much.
 */
final class LargeOperand {
  /** Below, a constant of several axes is as small as a bias is. */
  private static final long FEWEST = 1 << 10;

  /** Below, a vector is a bias. */
  private static final long FEWEST_OF_VECTOR = 1 << 14;

  /** Errors this far below the mean magnitude: normal values in 8 bits leave 8 dB more. */
  private static final double LEAST_DB = 30;

  /** What is left of values that codes stand for exactly, but for the rounding of the scale. */
  private static final double EXACT_DB = 100;

  /** Fewer than one in so many values differ: coordinates, steps, sizes of boxes. */
  private static final int REPEATED = 8;

  private static final int BITS = 8;
  private static final int SEEN = 1 << 16;

  private final WeightOptions options;
  private final WeightErrors errors;

  LargeOperand(WeightOptions options, WeightErrors errors) {
    this.options = options;
    this.errors = errors;
  }

  /** Whether a constant is one: all its readers add, multiply or move it, and it is not small. */
  static boolean is(Weight weight) {
    Shape shape = weight.tensor().shape();
    long least = wideAxes(shape).size() > 1 ? FEWEST : FEWEST_OF_VECTOR;
    return shape.elements() >= least && weight.uses().stream().allMatch(LargeOperand::isOperand);
  }

  private static boolean isOperand(Weight.Use use) {
    OperatorFacts facts = OperatorFacts.of(use.node());
    return (use.role() instanceof InputRole.Bias && !facts.isRecurrent())
        || use.node().is("Sub")
        || use.node().is("Mul")
        || ((facts.movesValues() || facts.joinsValues())
            && use.role() instanceof InputRole.Activation);
  }

  /** The axes along which there is more than one element. */
  private static List<Integer> wideAxes(Shape shape) {
    List<Integer> axes = new ArrayList<>();
    for (int axis = 0; axis < shape.rank(); axis++) {
      if (shape.dim(axis) > 1) {
        axes.add(axis);
      }
    }
    return axes;
  }

  /** What becomes of such a constant. */
  Decision decide(Weight weight) {
    Tensor tensor = FloatValues.toFloat32(weight.tensor());
    if (options.format() == WeightFormat.MATMUL_N_BITS) {
      String operator = weight.uses().getFirst().node().opType();
      return keep(weight, new Keep(KeepReason.NOT_TAKEN_BY_FORMAT, operator));
    }
    FloatSummary summary = Quantization.summary(tensor.data());
    if (summary.nonFinite() > 0) {
      return keep(weight, precise(weight.tensor(), "holds NaN or infinities"));
    }
    WeightSlot best =
        slots(weight).stream()
            .max(Comparator.comparingDouble(slot -> errors.decibels(tensor, slot)))
            .orElseThrow();
    double left = decibels(tensor, best, summary);
    if (left < LEAST_DB) {
      String found = String.format(Locale.ROOT, "%.1f dB in %s bits", left, best.scheme().bits());
      return keep(weight, precise(weight.tensor(), found));
    }
    if (left < EXACT_DB && isRepeated(tensor)) {
      return keep(weight, precise(weight.tensor(), "values that repeat, as of coordinates"));
    }
    return new Decision(weight, Optional.of(best), Optional.empty());
  }

  /** How far errors are below the mean magnitude, which a few large values do not raise. */
  private double decibels(Tensor tensor, WeightSlot slot, FloatSummary summary) {
    double error = errors.relative(tensor, slot) * Math.sqrt(summary.sumOfSquares());
    double mean = 0;
    for (long i = 0; i < tensor.shape().elements(); i++) {
      mean += Math.abs(tensor.getFloat(i));
    }
    return error == 0
        ? Double.POSITIVE_INFINITY
        : 20 * Math.log10(mean / (error * Math.sqrt((double) tensor.shape().elements())));
  }

  private static Decision keep(Weight weight, Keep keep) {
    return new Decision(weight, Optional.empty(), Optional.of(keep));
  }

  private static Keep precise(Tensor tensor, String why) {
    return new Keep(
        KeepReason.PRECISE_OPERAND,
        "%s bytes, %s".formatted(Long.toString(tensor.byteSize()), why));
  }

  /** One scale; or one for each index of an axis, where that leaves many elements to a scale. */
  private List<WeightSlot> slots(Weight weight) {
    Shape shape = weight.tensor().shape();
    List<WeightSlot> slots = new ArrayList<>();
    slots.add(slot(weight, Granularity.perTensor()));
    if (!(options.grouping() instanceof WeightGrouping.PerTensor)) {
      wideAxes(shape).stream()
          .filter(axis -> shape.elements() / shape.dim(axis) >= 2 * Float.BYTES)
          .forEach(axis -> slots.add(slot(weight, Granularity.perChannel(axis))));
    }
    return slots;
  }

  private WeightSlot slot(Weight weight, Granularity granularity) {
    int bits = Math.max(BITS, options.bits());
    QuantScheme scheme =
        options.symmetric()
            ? QuantScheme.symmetric(bits, granularity)
            : QuantScheme.asymmetric(bits, granularity);
    return new WeightSlot(
        weight.uses().getFirst().index(),
        weight.key(),
        scheme,
        WeightForm.AS_IS,
        options.range(),
        weight.rounding());
  }

  /** Whether few of the values differ, seen on evenly spread ones. */
  private static boolean isRepeated(Tensor tensor) {
    long elements = tensor.shape().elements();
    long step = Math.max(1, elements / SEEN);
    Set<Float> different = new HashSet<>();
    long seen = 0;
    for (long i = 0; i < elements; i += step) {
      different.add(tensor.getFloat(i));
      seen++;
    }
    return (long) different.size() * REPEATED < seen;
  }
}
