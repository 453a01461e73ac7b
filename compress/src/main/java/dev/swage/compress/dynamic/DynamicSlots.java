package dev.swage.compress.dynamic;

import dev.swage.compress.plan.CompressException;
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
import dev.swage.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How the constant factors of a node become codes that its kernel multiplies with codes of
 * activations. Those of Conv are unsigned round 127, because ONNX Runtime's ConvInteger takes no
 * others, and only one zero point; scales per channel are possible, for it is behind it that they
 * are multiplied with. An LSTM has a scale for each gate's unit in each direction, and comes back
 * to its errors at every step: they are balanced in each row, for its inputs are mostly of one
 * sign.
 */
public final class DynamicSlots {
  private static final int BITS = 8;

  private DynamicSlots() {}

  /**
   * The slots of a node.
   *
   * @param weights the node's constant factors by the index of their input
   * @param perTensor whether one scale for each weight is asked for, where its kernel has that
   * @param reduced whether the codes are to be within −64…64, where the kernel multiplies signed
   *     ones
   */
  static List<WeightSlot> of(
      Node node, Map<Integer, Scopes.Constant> weights, boolean perTensor, boolean reduced) {
    DynamicOperator operator = DynamicOperator.of(node);
    List<WeightSlot> slots = new ArrayList<>();
    weights.forEach((index, weight) -> {
      Granularity granularity =
          perTensor && operator.takesOneScale()
              ? Granularity.perTensor()
              : granularity(node, index, weight.tensor().shape().rank());
      int bits = reduced && operator.multipliesSigned() ? QuantScheme.REDUCED_BITS : BITS;
      DType storage = operator == DynamicOperator.CONV ? DType.UINT8 : DType.INT8;
      slots.add(
          new WeightSlot(
              index,
              weight.key(),
              new QuantScheme(storage, bits, true, granularity),
              operator == DynamicOperator.LSTM ? WeightForm.STACKED : WeightForm.AS_IS,
              RangeEstimator.minMax(),
              operator == DynamicOperator.LSTM ? Rounding.BALANCED : Rounding.NEAREST));
    });
    return slots;
  }

  private static Granularity granularity(Node node, int index, int rank) {
    WeightKind kind =
        Weight.kindOf(node, index)
            .orElseThrow(() ->
                new IllegalArgumentException(node.describe() + " has no weight at input " + index));
    return switch (kind) {
      // Directions and gates lie in rows of one matrix.
      case RECURRENT -> Granularity.perChannel(0);
      case PRODUCT -> rank == 2 ? Granularity.perChannel(1) : Granularity.perTensor();
      default -> Granularity.perChannel(kind.channelAxis(rank));
    };
  }

  /**
   * The slots that a plan which was edited asks for.
   *
   * @param name what the plan calls the node
   * @throws CompressException if the node's kernel takes no such weights
   */
  static List<WeightSlot> of(
      String name, Node node, Map<Integer, Scopes.Constant> weights, WeightChoice choice) {
    DynamicOperator operator = DynamicOperator.of(node);
    boolean perTensor = choice.grouping() instanceof WeightGrouping.PerTensor;
    boolean reduced = choice.bits() == QuantScheme.REDUCED_BITS;
    boolean known =
        choice.symmetric()
            && (choice.bits() == BITS || (reduced && operator.multipliesSigned()))
            && !(choice.grouping() instanceof WeightGrouping.Groups)
            && (!perTensor || operator.takesOneScale());
    if (!known) {
      throw new CompressException(
          "the plan has %s for node '%s'; weights of dynamic nodes are int8 per-channel, of MatMul,"
                  .formatted(choice, name)
              + " Gemm and LSTM int7 too, of MatMul, Gemm and Conv per-tensor too");
    }
    return of(node, weights, perTensor, reduced);
  }
}
