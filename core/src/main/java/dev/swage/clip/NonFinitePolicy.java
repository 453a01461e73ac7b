package dev.swage.clip;

import java.util.Locale;

/** What happens to a step whose gradients have NaN or infinite elements. */
public sealed interface NonFinitePolicy {
  /** At most five steps in a row are skipped: what every clipper does unless told otherwise. */
  NonFinitePolicy DEFAULT = new SkipStep(5);

  /** The step fails with {@link NonFiniteGradientException}. */
  record Throw() implements NonFinitePolicy {}

  /**
   * The step is not taken.
   *
   * @param maxConsecutive so many steps in a row may be skipped, at least 1; the next one in the
   *     row fails with {@link NonFiniteGradientException}
   */
  record SkipStep(int maxConsecutive) implements NonFinitePolicy {
    public SkipStep {
      if (maxConsecutive < 1) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "maxConsecutive must be at least 1, got %d; to fail at once use NonFinitePolicy.fail()",
                maxConsecutive));
      }
    }
  }

  /** The elements count as zero: for clipping, the norm and the update. */
  record Zero() implements NonFinitePolicy {}

  /**
   * The gradients are used as they come; the weights will become NaN. Clipping by value turns an
   * infinity into the bound, clipping by norm leaves a tensor, layer or network with a non-finite
   * norm as it is.
   */
  record Pass() implements NonFinitePolicy {}

  static NonFinitePolicy fail() {
    return new Throw();
  }

  static NonFinitePolicy skipStep(int maxConsecutive) {
    return new SkipStep(maxConsecutive);
  }

  static NonFinitePolicy zero() {
    return new Zero();
  }

  static NonFinitePolicy pass() {
    return new Pass();
  }
}
