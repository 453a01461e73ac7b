package dev.swage.compress.qdq;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.plan.Rounding;
import dev.swage.compress.plan.WeightChoice;
import dev.swage.compress.plan.WeightForm;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.Weight;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.WeightKind;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.Tensor;
import java.util.Optional;

/** How the constant factor of a node that runs on codes becomes codes. */
public final class StaticSlots {
  /** Signed and symmetric, which integer kernels want of weights. */
  private static final int BITS = 8;

  private StaticSlots() {}

  /**
   * The slot of a node's constant factor: a scale for each output channel, one for the whole weight
   * of a product of more than two axes.
   *
   * @param bits 8, or 7 for the reduced range of {@link QuantScheme}
   * @param perTensor whether one scale is asked for
   */
  static WeightSlot of(Node node, Tensor weight, int bits, boolean perTensor) {
    Granularity granularity =
        perTensor ? Granularity.perTensor() : perChannel(node, weight.shape().rank());
    return slot(node, QuantScheme.symmetric(bits, granularity));
  }

  private static WeightSlot slot(Node node, QuantScheme scheme) {
    return new WeightSlot(
        1, node.input(1), scheme, WeightForm.AS_IS, RangeEstimator.minMax(), Rounding.NEAREST);
  }

  private static Granularity perChannel(Node node, int rank) {
    WeightKind kind =
        Weight.kindOf(node, 1)
            .orElseThrow(() -> new IllegalArgumentException(node.describe() + " has no weight"));
    boolean stacked = kind == WeightKind.PRODUCT && rank > 2;
    return stacked ? Granularity.perTensor() : Granularity.perChannel(kind.channelAxis(rank));
  }

  /**
   * The slot that a plan which was edited asks for.
   *
   * @param choice empty for the usual one
   * @param form QDQ makes bytes of narrower codes for the kernels, which read bytes
   * @throws CompressException if integer kernels take no such weight
   */
  public static WeightSlot of(
      Node node, Tensor weight, Optional<WeightChoice> choice, PlanForm form) {
    if (choice.isEmpty()) {
      return of(node, weight, BITS, false);
    }
    WeightGrouping grouping = choice.get().grouping();
    boolean perTensor = grouping instanceof WeightGrouping.PerTensor;
    if (!perTensor && !(grouping instanceof WeightGrouping.PerChannel)) {
      throw new CompressException(
          "the plan has %s for %s; weights of static nodes are int8, per-channel or per-tensor"
              .formatted(choice.get(), node.describe()));
    }
    int bits = choice.get().bits();
    boolean narrow = bits < QuantScheme.REDUCED_BITS;
    if (!choice.get().symmetric() || (narrow && form != PlanForm.QDQ)) {
      throw new CompressException(
          "the plan has %s for %s; weights of static nodes are int8, int7 for -64…64, or in form qdq int6 to int2"
              .formatted(choice.get(), node.describe()));
    }
    Granularity granularity =
        perTensor ? Granularity.perTensor() : perChannel(node, weight.shape().rank());
    return slot(node, QuantScheme.symmetric(bits, granularity));
  }
}
