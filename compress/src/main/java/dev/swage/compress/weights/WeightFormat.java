package dev.swage.compress.weights;

/** How quantized weights stand in the file. */
public enum WeightFormat {
  /**
   * Standard ONNX: integer codes and a DequantizeLinear where the weight was. Runs wherever the
   * operator set does; ONNX Runtime fuses the matrix products into kernels that read the codes.
   */
  QDQ,
  /**
   * ONNX Runtime's own {@code com.microsoft.MatMulNBits} instead of MatMul and Gemm: needs no
   * particular ONNX operator set, but runs in ONNX Runtime alone.
   */
  MATMUL_N_BITS,
  /** {@link #MATMUL_N_BITS} for products whose weights are in groups, {@link #QDQ} for the rest. */
  MATMUL_N_BITS_OR_QDQ
}
