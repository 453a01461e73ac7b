package dev.swage.graph;

import java.util.OptionalLong;

/**
 * How far a model is prepared.
 *
 * @param opset the operator set of ONNX's own domain to reach at least; empty leaves it
 * @param maxFoldedBytes memory that tensors computed ahead may take in all; what exceeds it stays a
 *     node. Tensors that are only seen under another shape take none
 * @param simplify whether anything is done that raising the operator set does not need
 * @param integerForms whether nodes without an integer kernel are written as others that have one:
 *     a BatchNormalization before a convolution as a depthwise convolution, a channel shuffle as a
 *     Gather or a part of the convolution before it, a mean over space as a pool, and clipping
 *     moved to where codes can clip
 * @param denseShuffles whether, with integer forms, convolutions in groups become ones without to
 *     take a channel shuffle in: faster there, with so many times the weights
 * @param copies whether a constant that is computed ahead may be a second copy of a large weight
 *     which other nodes still read
 */
public record PreparationOptions(
    OptionalLong opset,
    long maxFoldedBytes,
    boolean simplify,
    boolean integerForms,
    boolean denseShuffles,
    boolean copies) {
  private static final long DEFAULT_FOLDED_BYTES = 256L << 20;

  public PreparationOptions {
    if (maxFoldedBytes < 0) {
      throw new IllegalArgumentException(
          "maxFoldedBytes must not be negative, got " + maxFoldedBytes);
    }
  }

  /** The model's own operator set, 256 MiB of folded tensors, simplified. */
  public static PreparationOptions defaults() {
    return new PreparationOptions(
        OptionalLong.empty(), DEFAULT_FOLDED_BYTES, true, false, false, true);
  }

  public PreparationOptions withOpset(long version) {
    return new PreparationOptions(
        OptionalLong.of(version), maxFoldedBytes, simplify, integerForms, denseShuffles, copies);
  }

  public PreparationOptions withMaxFoldedBytes(long bytes) {
    return new PreparationOptions(opset, bytes, simplify, integerForms, denseShuffles, copies);
  }

  public PreparationOptions withSimplify(boolean on) {
    return new PreparationOptions(opset, maxFoldedBytes, on, integerForms, denseShuffles, copies);
  }

  public PreparationOptions withIntegerForms(boolean on) {
    return new PreparationOptions(opset, maxFoldedBytes, simplify, on, denseShuffles, copies);
  }

  public PreparationOptions withDenseShuffles(boolean on) {
    return new PreparationOptions(opset, maxFoldedBytes, simplify, integerForms, on, copies);
  }

  public PreparationOptions withCopies(boolean on) {
    return new PreparationOptions(opset, maxFoldedBytes, simplify, integerForms, denseShuffles, on);
  }
}
