package dev.swage.compress.proof;

import dev.swage.compress.proof.Proof.Depth;
import java.util.Locale;
import java.util.Optional;

/**
 * How far a file is proven.
 *
 * @param runLimit source models of more bytes are not run: a run needs several times the model's
 *     bytes of memory, and as much disk beside the output
 */
public record ProofOptions(Depth depth, long runLimit) {
  /** {@code runLimit} unless it is set: 2 GiB. */
  public static final long DEFAULT_RUN_LIMIT = 2L << 30;

  public ProofOptions {
    if (runLimit < 0) {
      throw new IllegalArgumentException("the run limit must not be negative, got " + runLimit);
    }
  }

  /**
   * Why a model is not run for the proof; empty where it is to be.
   *
   * @param bytes of the model
   */
  public Optional<String> notRun(long bytes) {
    return switch (depth) {
      case NOTHING -> Optional.of("verification was switched off");
      case CODES -> Optional.of("only codes were to be read back");
      case OUTPUTS, EVERYTHING ->
          bytes <= runLimit
              ? Optional.empty()
              : Optional.of(
                  String.format(
                      Locale.ROOT,
                      "the model takes %,d bytes, more than the %,d that are run for a proof",
                      bytes,
                      runLimit));
    };
  }

  /** This far, for models of up to 2 GiB. */
  public static ProofOptions of(Depth depth) {
    return new ProofOptions(depth, DEFAULT_RUN_LIMIT);
  }

  public ProofOptions withRunLimit(long bytes) {
    return new ProofOptions(depth, bytes);
  }

  public ProofOptions withDepth(Depth other) {
    return new ProofOptions(other, runLimit);
  }
}
