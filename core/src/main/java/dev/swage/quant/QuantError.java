package dev.swage.quant;

import dev.swage.tensor.Tensor;

/**
 * What quantization did to a tensor's values.
 *
 * @param signal Σ x²
 * @param noise Σ (x − x̂)², with x̂ the dequantized codes
 * @param maxAbsDifference max |x − x̂|
 */
public record QuantError(double signal, double noise, double maxAbsDifference) {
  private static final QuantError NONE = new QuantError(0, 0, 0);

  /**
   * Compares a float32 tensor with its codes. Allocates the dequantized tensor.
   *
   * @throws IllegalArgumentException if the shapes differ
   */
  public static QuantError of(Tensor original, QuantizedTensor quantized) {
    return between(original, Quantizer.dequantize(quantized));
  }

  /** Compares two float32 tensors of one shape; the first is the reference. */
  public static QuantError between(Tensor original, Tensor approximation) {
    Quantizer.requireFloat32(original);
    Quantizer.requireFloat32(approximation);
    if (!original.shape().equals(approximation.shape())) {
      throw new IllegalArgumentException(
          "shapes differ: %s and %s".formatted(original.shape(), approximation.shape()));
    }
    long elements = original.shape().elements();
    QuantError[] parts = new QuantError[Chunks.count(elements, Chunks.SIZE)];
    Chunks.forEach(
        elements,
        Chunks.SIZE,
        (part, from, to) -> parts[part] = ofRange(original, approximation, from, to));
    QuantError sum = NONE;
    for (QuantError part : parts) {
      sum =
          new QuantError(
              sum.signal + part.signal,
              sum.noise + part.noise,
              Math.max(sum.maxAbsDifference, part.maxAbsDifference));
    }
    return sum;
  }

  private static QuantError ofRange(Tensor original, Tensor approximation, long from, long to) {
    double signal = 0;
    double noise = 0;
    double max = 0;
    for (long i = from; i < to; i++) {
      double x = original.data().get(Tensor.LE_FLOAT, i * Float.BYTES);
      double difference = x - approximation.data().get(Tensor.LE_FLOAT, i * Float.BYTES);
      signal += x * x;
      noise += difference * difference;
      max = Math.max(max, Math.abs(difference));
    }
    return new QuantError(signal, noise, max);
  }

  /** {@code √(noise / signal)}: 0 when nothing was lost, +∞ when something was and x was all 0. */
  public double relativeError() {
    return noise == 0 ? 0 : Math.sqrt(noise / signal);
  }

  /** Signal to quantization noise, {@code 10 · log10(signal / noise)} dB; +∞ without noise. */
  public double sqnrDb() {
    return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
  }
}
