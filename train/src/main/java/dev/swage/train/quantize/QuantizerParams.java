package dev.swage.train.quantize;

import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.Shape;

/** Scales and zero points as they are trained: float32, to be made ones that a file can hold. */
public final class QuantizerParams {
  private QuantizerParams() {}

  /**
   * Zero points rounded to whole codes, half to even, within those of the type.
   *
   * @param shape of the scales
   * @param value whose they are, for messages
   * @throws StepSizeException if a scale is not positive and finite
   */
  public static QuantParams of(
      Shape shape, float[] scales, float[] zeros, QuantScheme scheme, String value) {
    for (int i = 0; i < scales.length; i++) {
      if (!(scales[i] >= Float.MIN_NORMAL) || Float.isInfinite(scales[i])) {
        throw new StepSizeException(value, i, scales[i]);
      }
    }
    int[] zeroPoints = new int[zeros.length];
    for (int i = 0; i < zeros.length; i++) {
      zeroPoints[i] = (int) Math.clamp(Math.rint(zeros[i]), scheme.qmin(), scheme.qmax());
    }
    return new QuantParams(shape, scales, zeroPoints);
  }
}
