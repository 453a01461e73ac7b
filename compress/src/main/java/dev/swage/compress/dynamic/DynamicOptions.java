package dev.swage.compress.dynamic;

import java.util.Set;

/**
 * What becomes codes at run time, and how it is written.
 *
 * @param convolutions whether Conv too is quantized. By default it is not: ONNX Runtime 1.29 has
 *     ConvInteger, but fuses it with nothing and packs no weights ahead. Measured on an AVX-512
 *     VNNI machine it takes 1.1 to 4 times the time of the float Conv, and the codes of its
 *     activation cost accuracy that codes of its weight alone do not
 * @param perTensor whether weights of products and convolutions have one scale, not one per output
 *     channel
 * @param exclude names of nodes, or of weights and values whose readers, are kept; with or without
 *     the path of their graph
 */
public record DynamicOptions(
    DynamicForm form, boolean convolutions, boolean perTensor, Set<String> exclude) {
  public DynamicOptions {
    exclude = Set.copyOf(exclude);
  }

  /** ONNX's own operators, no convolutions, nothing excluded. */
  public static DynamicOptions standard() {
    return new DynamicOptions(DynamicForm.STANDARD, false, false, Set.of());
  }

  /** ONNX Runtime's operators, no convolutions, nothing excluded. */
  public static DynamicOptions contrib() {
    return new DynamicOptions(DynamicForm.CONTRIB, false, false, Set.of());
  }

  public DynamicOptions withConvolutions(boolean quantized) {
    return new DynamicOptions(form, quantized, perTensor, exclude);
  }

  public DynamicOptions withOneScalePerWeight(boolean one) {
    return new DynamicOptions(form, convolutions, one, exclude);
  }

  public DynamicOptions excluding(Set<String> names) {
    return new DynamicOptions(form, convolutions, perTensor, names);
  }
}
