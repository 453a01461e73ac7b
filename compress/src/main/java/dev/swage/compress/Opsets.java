package dev.swage.compress;

import dev.swage.onnx.OnnxModel;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.DType;

/** Which operator set codes need. */
final class Opsets {
  /** DequantizeLinear takes a scale per channel. */
  static final long PER_CHANNEL = 13;

  /** DequantizeLinear takes 4 bits and blocks. */
  static final long BLOCKED = 21;

  /** DequantizeLinear takes 2 bits. */
  static final long TWO_BITS = 25;

  /** The latest that ONNX Runtime 1.29 loads. */
  static final int LATEST = 26;

  private Opsets() {}

  /** The operator set that everything these options may write needs. */
  static long of(QuantizeOptions options) {
    boolean standard = options.weights().format() == WeightFormat.QDQ;
    boolean weightsAlone = options.mode() != QuantMode.STATIC;
    return weightsAlone && standard
        ? of(options.weights().bits(), options.weights().grouping())
        : PER_CHANNEL;
  }

  /**
   * The operator set that everything in a plan needs.
   *
   * @param model prepared as the plan wants it
   */
  static long of(ModelPlan plan, OnnxModel model) {
    long weights = Rewriter.opsetOf(PlannedWeights.of(model, plan));
    return Math.max(plan.opset(), weights);
  }

  /** The operator set whose DequantizeLinear first takes these codes. */
  static long of(QuantScheme scheme) {
    return of(scheme.storage(), scheme.granularity() instanceof Granularity.PerGroup);
  }

  private static long of(int bits, WeightGrouping grouping) {
    boolean groups =
        grouping instanceof WeightGrouping.Groups || grouping instanceof WeightGrouping.Adaptive;
    return of(QuantScheme.symmetric(bits, Granularity.perTensor()).storage(), groups);
  }

  private static long of(DType storage, boolean groups) {
    return switch (storage.bits()) {
      case 2 -> TWO_BITS;
      case 4 -> BLOCKED;
      default -> groups ? BLOCKED : PER_CHANNEL;
    };
  }
}
