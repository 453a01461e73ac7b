package dev.swage.compress.weights;

import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedWeight;
import dev.swage.compress.plan.WeightForm;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.DType;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Which operator set codes need. */
public final class Opsets {
  /** DequantizeLinear takes 8 bits with one scale. */
  private static final long PER_TENSOR = 10;

  /** DequantizeLinear takes a scale per channel. */
  public static final long PER_CHANNEL = 13;

  /** DequantizeLinear takes FLOAT16 scales. */
  static final long FLOAT16_SCALES = 19;

  /** DequantizeLinear takes 4 bits and blocks. */
  static final long BLOCKED = 21;

  /** DequantizeLinear takes 2 bits. */
  static final long TWO_BITS = 25;

  private Opsets() {}

  /** The operator set that the codes of a plan need; 0 where they need none of ONNX's own. */
  public static long of(ModelPlan plan) {
    long opset = 0;
    Set<String> halves =
        plan.weights().stream()
            .filter(weight -> ScaleType.of(weight.dtype()) == ScaleType.FLOAT16)
            .map(PlannedWeight::name)
            .collect(Collectors.toSet());
    for (PlannedNode node : plan.nodes()) {
      switch (node.choice()) {
        case NodeChoice.Static(List<WeightSlot> slots) -> {
          opset = Math.max(opset, PER_CHANNEL);
          for (WeightSlot slot : slots) {
            opset = Math.max(opset, of(slot)); // a Cast of 4 or 2 bits is as old as codes of them
          }
        }
        case NodeChoice.Dynamic d -> opset = Math.max(opset, PER_CHANNEL);
        case NodeChoice.WeightOnly(List<WeightSlot> slots) -> {
          for (WeightSlot slot : slots) {
            opset = Math.max(opset, of(slot));
            opset = Math.max(opset, halves.contains(slot.weight()) ? FLOAT16_SCALES : 0);
          }
        }
        case NodeChoice.Absorb a -> {}
        case NodeChoice.Keep k -> {}
      }
    }
    return opset;
  }

  /**
   * The operator set that the codes of a plan can do with where nodes cannot be raised as far as
   * {@link #of(ModelPlan)}: of weights of 8 bits with one scale an earlier one.
   */
  public static long least(ModelPlan plan) {
    boolean oneScale =
        plan.nodes().stream()
            .filter(node -> node.choice().isQuantized())
            .allMatch(node ->
                node.choice() instanceof NodeChoice.WeightOnly(List<WeightSlot> slots)
                    && slots.stream().allMatch(Opsets::isOneByteScale));
    return oneScale ? Math.min(PER_TENSOR, of(plan)) : of(plan);
  }

  private static boolean isOneByteScale(WeightSlot slot) {
    return slot.scheme().granularity() instanceof Granularity.PerTensor
        && slot.scheme().storage().bits() == Byte.SIZE
        && slot.scheme().storage().isInteger();
  }

  private static long of(WeightSlot slot) {
    boolean contrib =
        slot.form() == WeightForm.N_BITS || slot.form() == WeightForm.N_BITS_TRANSPOSED;
    return contrib ? 0 : of(slot.scheme());
  }

  /** The operator set whose DequantizeLinear first takes these codes. */
  static long of(QuantScheme scheme) {
    return of(scheme.storage(), scheme.granularity() instanceof Granularity.PerGroup);
  }

  private static long of(DType storage, boolean groups) {
    return switch (storage.bits()) {
      case 2 -> TWO_BITS;
      case 4 -> BLOCKED;
      default -> groups ? BLOCKED : PER_CHANNEL;
    };
  }
}
