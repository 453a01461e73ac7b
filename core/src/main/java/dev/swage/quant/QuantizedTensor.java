package dev.swage.quant;

import dev.swage.tensor.Tensor;

/**
 * A tensor as integer codes.
 *
 * @param scheme how it was quantized
 * @param params its scales and zero points
 * @param codes the codes in the scheme's storage type, packed, in the shape of the float tensor
 */
public record QuantizedTensor(QuantScheme scheme, QuantParams params, Tensor codes) {}
