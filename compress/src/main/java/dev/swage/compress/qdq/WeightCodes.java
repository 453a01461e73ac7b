package dev.swage.compress.qdq;

import dev.swage.quant.Granularity;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Optional;

/**
 * The codes of a weight and of the bias that goes with it: {@code int32, scale = operand scale ·
 * weight scale}. Where a bias would not fit into 32 bits, the channel's weight scale is raised
 * until it does, as ONNX Runtime's quantizer does: {@code s ≥ 2 max|b| / (2³² − 2) · 1.0001 /
 * operand scale}. A channel of zeros has no scale of its own: it takes the least of the others, so
 * that its bias is held as exactly as theirs.
 *
 * @param weight int8
 * @param bias empty where the node has none
 * @param changed channels whose weight scale was changed for their bias
 */
record WeightCodes(QuantizedTensor weight, Optional<BiasCodes> bias, int changed) {
  private static final double INT32_STEPS = 4294967294.0;
  private static final double ROOM = 1.0001;

  /** The scale that a channel of zeros is given where nothing else is known. */
  private static final float OF_ZEROS = 1;

  /**
   * A bias as codes.
   *
   * @param codes INT32, one per channel
   * @param scales as many
   */
  record BiasCodes(Tensor codes, Tensor scales) {}

  static WeightCodes of(
      Tensor weight,
      QuantScheme scheme,
      RangeEstimator range,
      Optional<Tensor> bias,
      float operandScale) {
    QuantizedTensor fitted = Quantizer.quantize(weight, scheme, range);
    if (bias.isEmpty()) {
      return new WeightCodes(fitted, Optional.empty(), 0);
    }
    float[] scales = fitted.params().scales().clone();
    int changed =
        lower(scales, weight, scheme, bias.get()) + raise(scales, bias.get(), operandScale);
    QuantizedTensor codes =
        changed == 0
            ? fitted
            : Quantizer.encode(
                weight,
                scheme,
                new QuantParams(fitted.params().shape(), scales, fitted.params().zeroPoints()));
    return new WeightCodes(
        codes, Optional.of(biasCodes(scales, bias.get(), operandScale)), changed);
  }

  /** Gives channels of zeros that have a bias the least scale of the others; how many there are. */
  private static int lower(float[] scales, Tensor weight, QuantScheme scheme, Tensor bias) {
    boolean some = false;
    for (float scale : scales) {
      some |= scale == OF_ZEROS;
    }
    if (!some) {
      return 0;
    }
    boolean[] filled = filled(weight, scheme, scales.length);
    float least = Float.POSITIVE_INFINITY;
    for (int slot = 0; slot < scales.length; slot++) {
      least = filled[slot] ? Math.min(least, scales[slot]) : least;
    }
    int lowered = 0;
    for (int i = 0; i < bias.shape().elements(); i++) {
      int slot = scales.length == 1 ? 0 : i;
      if (!filled[slot] && bias.getFloat(i) != 0) {
        scales[slot] = Float.isInfinite(least) ? Float.MIN_NORMAL : least;
        lowered++;
      }
    }
    return lowered;
  }

  /** Which scales have an element other than zero. */
  private static boolean[] filled(Tensor weight, QuantScheme scheme, int slots) {
    boolean[] filled = new boolean[slots];
    long inner =
        scheme.granularity() instanceof Granularity.PerChannel(int axis)
            ? weight.shape().inner(axis)
            : weight.shape().elements();
    for (long i = 0; i < weight.shape().elements(); i++) {
      if (weight.getFloat(i) != 0) {
        filled[(int) (i / inner % slots)] = true;
      }
    }
    return filled;
  }

  private static int raise(float[] scales, Tensor bias, float operandScale) {
    int raised = 0;
    int count = Math.toIntExact(bias.shape().elements());
    for (int i = 0; i < count; i++) {
      int slot = scales.length == 1 ? 0 : i;
      double least = 2.0 * Math.abs(bias.getFloat(i)) / INT32_STEPS * ROOM / operandScale;
      if (scales[slot] < least) {
        scales[slot] = Math.nextUp((float) least);
        raised++;
      }
    }
    return raised;
  }

  private static BiasCodes biasCodes(float[] scales, Tensor bias, float operandScale) {
    int count = Math.toIntExact(bias.shape().elements());
    int[] codes = new int[count];
    float[] steps = new float[count];
    for (int i = 0; i < count; i++) {
      // The product in float32, as kernels rescale by it.
      steps[i] = operandScale * scales[scales.length == 1 ? 0 : i];
      double code = steps[i] == 0 ? 0 : Math.rint((double) bias.getFloat(i) / steps[i]);
      codes[i] = (int) Math.clamp(code, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    return new BiasCodes(
        Tensor.ofInts(Shape.of(count), codes), Tensor.ofFloats(Shape.of(count), steps));
  }
}
