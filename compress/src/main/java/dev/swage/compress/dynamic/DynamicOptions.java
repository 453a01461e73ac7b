package dev.swage.compress.dynamic;

/**
 * What becomes codes at run time, and how it is written.
 *
 * @param convolutions whether Conv too is quantized. By default it is not: ONNX Runtime 1.29 has
 *     ConvInteger, but fuses it with nothing and packs no weights ahead. Measured on an AVX-512
 *     VNNI machine it takes 1.1 to 4 times the time of the float Conv, and the codes of its
 *     activation cost accuracy that codes of its weight alone do not
 * @param perTensor whether weights of products and convolutions have one scale, not one per output
 *     channel
 * @param reducedWeights whether signed weights have the codes −64…64 instead of −127…127, of which
 *     two products fit into 16 bits; those of Conv are unsigned, and a Gather multiplies nothing
 */
public record DynamicOptions(
    DynamicForm form, boolean convolutions, boolean perTensor, boolean reducedWeights) {
  /** No convolutions, weights of 8 bits per channel. */
  public static DynamicOptions of(DynamicForm form) {
    return new DynamicOptions(form, false, false, false);
  }

  /** ONNX's own operators; else as {@link #of}. */
  public static DynamicOptions standard() {
    return of(DynamicForm.STANDARD);
  }

  /** ONNX Runtime's operators; else as {@link #of}. */
  public static DynamicOptions contrib() {
    return of(DynamicForm.CONTRIB);
  }

  public DynamicOptions withConvolutions(boolean quantized) {
    return new DynamicOptions(form, quantized, perTensor, reducedWeights);
  }

  public DynamicOptions withOneScalePerWeight(boolean one) {
    return new DynamicOptions(form, convolutions, one, reducedWeights);
  }

  public DynamicOptions withReducedWeights(boolean reduced) {
    return new DynamicOptions(form, convolutions, perTensor, reduced);
  }
}
