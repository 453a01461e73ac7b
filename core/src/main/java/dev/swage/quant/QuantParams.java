package dev.swage.quant;

import dev.swage.tensor.Shape;

/**
 * Scales and zero points of one tensor, flat in row-major order.
 *
 * @param shape {@link Granularity#paramShape}
 * @param scales positive, finite
 * @param zeroPoints within the range of the scheme's storage type
 */
@SuppressWarnings("ArrayRecordComponent") // Kernels read these in place; treat them as read-only.
public record QuantParams(Shape shape, float[] scales, int[] zeroPoints) {
  public QuantParams {
    if (scales.length != shape.elements() || zeroPoints.length != shape.elements()) {
      throw new IllegalArgumentException(
          "shape %s needs %d scales and zero points, got %d and %d"
              .formatted(shape, shape.elements(), scales.length, zeroPoints.length));
    }
    for (int i = 0; i < scales.length; i++) {
      if (!(scales[i] > 0) || Float.isInfinite(scales[i])) {
        throw new IllegalArgumentException(
            "scales must be positive and finite, got %s at index %d".formatted(scales[i], i));
      }
    }
  }
}
