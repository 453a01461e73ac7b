package dev.swage.compress.plan;

/** In what layout a weight's codes are stored. */
public enum WeightForm {
  /** In the weight's own shape. */
  AS_IS,
  /** As AS_IS, with a scale for each input: elements of one input share it, whatever the output. */
  BY_INPUT,
  /**
   * A Gemm weight {@code [N, K]} stored as {@code [K, N]}, with transB removed: the form ONNX
   * Runtime fuses.
   */
  TRANSPOSED,
  /**
   * A convolution weight {@code [O, …]} stored as {@code [O, rest]} and reshaped after
   * dequantization, since ONNX blocks run along one axis only.
   */
  FLATTENED,
  /**
   * A recurrent weight {@code [directions, rows, columns]} stored as {@code [directions · rows,
   * columns]} and reshaped after dequantization, so that each direction has its own scales.
   */
  STACKED,
  /** Inputs of MatMulNBits: {@code [N, ⌈K/group⌉, group·bits/8]} bytes. */
  N_BITS,
  /** As N_BITS, of a Gemm weight {@code [N, K]}. */
  N_BITS_TRANSPOSED
}
