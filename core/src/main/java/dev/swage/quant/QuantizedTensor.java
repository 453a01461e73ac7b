package dev.swage.quant;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;

/**
 * A tensor as integer codes.
 *
 * @param scheme how it was quantized
 * @param params its scales and zero points
 * @param codes the codes in the scheme's storage type, packed, in the shape of the float tensor
 */
public record QuantizedTensor(QuantScheme scheme, QuantParams params, Tensor codes) {
  public QuantizedTensor {
    if (codes.dtype() != scheme.storage()) {
      throw new IllegalArgumentException(
          "codes must be %s, got %s".formatted(scheme.storage(), codes.dtype()));
    }
    scheme.check(params, codes.shape());
  }

  /** The shape of the tensor, quantized or not. */
  public Shape shape() {
    return codes.shape();
  }
}
