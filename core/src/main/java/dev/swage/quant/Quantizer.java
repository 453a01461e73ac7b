package dev.swage.quant;

import dev.swage.kernel.CodeLoss;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Float tensors to integer codes and back, on all cores, with the same bits whatever their number.
 * The arithmetic is that of ONNX QuantizeLinear and DequantizeLinear in float32; scales follow
 * {@link ScaleZeroPoint#of(float, float, QuantScheme)}. Where each scale's elements lie together
 * (per channel of axis 0, groups) the tensor is read from memory once.
 */
public final class Quantizer {
  private Quantizer() {}

  /**
   * Quantizes a tensor with scales fitted to it.
   *
   * @param tensor float32, any shape
   * @throws IllegalArgumentException if the tensor is not float32, an element is NaN or infinite
   *     (the message says which), or the scheme's axis is outside the tensor's shape
   */
  public static QuantizedTensor quantize(
      Tensor tensor, QuantScheme scheme, RangeEstimator estimator) {
    return quantize(tensor, scheme, estimator, allocate(scheme.storage(), tensor));
  }

  /**
   * As {@link #quantize(Tensor, QuantScheme, RangeEstimator)}, with the codes in memory of the
   * caller's, which the result views.
   *
   * @param codes exactly as many bytes as the codes need; must not overlap the tensor's
   */
  public static QuantizedTensor quantize(
      Tensor tensor, QuantScheme scheme, RangeEstimator estimator, MemorySegment codes) {
    return new Rounding(tensor, scheme, estimator, codes, false).run();
  }

  /**
   * A tensor's codes and what they lose.
   *
   * @param signal Σ x²
   * @param noise Σ (x − x̂)², with x̂ the dequantized codes
   */
  public record Measured(QuantizedTensor quantized, double signal, double noise) {}

  /**
   * As {@link #quantize(Tensor, QuantScheme, RangeEstimator, MemorySegment)}, with what is lost,
   * counted while the elements are in a core's cache: to some five digits, as {@link CodeLoss}.
   */
  public static Measured quantizeAndMeasure(
      Tensor tensor, QuantScheme scheme, RangeEstimator estimator, MemorySegment codes) {
    Rounding rounding = new Rounding(tensor, scheme, estimator, codes, true);
    QuantizedTensor quantized = rounding.run();
    return new Measured(quantized, rounding.lost(CodeLoss::signal), rounding.lost(CodeLoss::noise));
  }

  /**
   * Quantizes a tensor with given scales, exactly as ONNX QuantizeLinear does: infinities saturate.
   * NaN gives the smallest code. The range of codes is the scheme's: an asymmetric scheme uses the
   * whole range of its storage type, as the ONNX operator does.
   */
  public static QuantizedTensor encode(Tensor tensor, QuantScheme scheme, QuantParams params) {
    requireFloat32(tensor);
    scheme.check(params, tensor.shape());
    Layout layout = Layout.of(tensor.shape(), scheme.granularity());
    Encoder encoder = new Encoder(layout, scheme, params.scales(), params.zeroPoints());
    MemorySegment codes = allocate(scheme.storage(), tensor);
    Chunks.forEach(
        layout.elements(),
        Chunks.SIZE,
        (index, from, to) -> encoder.encode(tensor.data(), codes, from, to));
    return new QuantizedTensor(scheme, params, Tensor.of(scheme.storage(), tensor.shape(), codes));
  }

  /** The floats that the codes stand for: {@code (q − zeroPoint) · scale}. */
  public static Tensor dequantize(QuantizedTensor quantized) {
    MemorySegment floats = allocate(DType.FLOAT32, quantized.codes());
    Layout layout = Layout.of(quantized.shape(), quantized.scheme().granularity());
    Encoder encoder =
        new Encoder(
            layout,
            quantized.scheme(),
            quantized.params().scales(),
            quantized.params().zeroPoints());
    Chunks.forEach(
        layout.elements(),
        Chunks.SIZE,
        (index, from, to) -> encoder.decode(quantized.codes().data(), floats, from, to));
    return Tensor.of(DType.FLOAT32, quantized.shape(), floats);
  }

  static void requireFloat32(Tensor tensor) {
    if (tensor.dtype() != DType.FLOAT32) {
      throw new IllegalArgumentException("only FLOAT32 tensors are quantized, got " + tensor);
    }
  }

  private static MemorySegment allocate(DType type, Tensor like) {
    return HeapMemory.allocate(type.bytes(like.shape().elements()));
  }

  /** Names the first element that is not finite. */
  static String nonFinite(Tensor tensor) {
    long flat = 0;
    while (Float.isFinite(tensor.getFloat(flat))) {
      flat++;
    }
    long[] index = tensor.shape().toArray();
    long rest = flat;
    for (int axis = index.length - 1; axis >= 0; axis--) {
      long dim = index[axis];
      index[axis] = rest % dim;
      rest /= dim;
    }
    return "%s: element %s is %s; only finite values can be quantized"
        .formatted(tensor, Arrays.toString(index), tensor.getFloat(flat));
  }
}
