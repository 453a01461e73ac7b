package dev.swage.compress.weights;

import dev.swage.quant.QuantError;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.tensor.DType;
import dev.swage.tensor.FloatValues;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * In which type the scales of a weight's codes are written, and so what its DequantizeLinear
 * writes. ONNX Runtime 1.29 has that operator with scales of FLOAT32 and FLOAT16 on the CPU; ONNX
 * has it with BFLOAT16 too and never with FLOAT64. Behind those two types' codes stands a Cast.
 */
enum ScaleType {
  FLOAT32(DType.FLOAT32),
  /** From operator set 19 on. */
  FLOAT16(DType.FLOAT16);

  private final DType type;

  ScaleType(DType type) {
    this.type = type;
  }

  /** That of weights of a type. */
  static ScaleType of(DType weight) {
    return weight == DType.FLOAT16 ? FLOAT16 : FLOAT32;
  }

  /** Of the scales. */
  DType type() {
    return type;
  }

  /**
   * Codes for scales that the type holds: for FLOAT16 the next larger one, which clips nothing.
   *
   * @param part float32, what the codes are of
   * @param fitted its codes with scales of float32
   * @param codes where they lie
   */
  Quantizer.Measured rounded(Tensor part, Quantizer.Measured fitted, MemorySegment codes) {
    if (this == FLOAT32) {
      return fitted;
    }
    QuantParams params = fitted.quantized().params();
    float[] scales = new float[params.scales().length];
    for (int i = 0; i < scales.length; i++) {
      scales[i] = FloatValues.ceilFloat16(params.scales()[i]);
    }
    QuantScheme scheme = fitted.quantized().scheme();
    QuantizedTensor encoded =
        Quantizer.encode(
            part, scheme, new QuantParams(params.shape(), scales, params.zeroPoints()));
    codes.copyFrom(encoded.codes().data());
    QuantizedTensor placed =
        new QuantizedTensor(
            scheme, encoded.params(), Tensor.of(scheme.storage(), part.shape(), codes));
    return new Quantizer.Measured(placed, fitted.signal(), QuantError.of(part, placed).noise());
  }
}
