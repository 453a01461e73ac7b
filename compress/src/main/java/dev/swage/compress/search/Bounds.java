package dev.swage.compress.search;

import java.util.Comparator;
import java.util.OptionalDouble;

/**
 * What a quantized model may lose.
 *
 * @param minSqnrDb the least signal-to-noise ratio of every output, in decibels
 * @param maxAccuracyDrop the most that accuracy may fall, as a share: 0.001 is a tenth of a point
 */
public record Bounds(OptionalDouble minSqnrDb, OptionalDouble maxAccuracyDrop) {
  /** Differences of shares are not exact; one sample of a thousand million is less than any. */
  private static final double ROUNDING = 1e-9;

  public Bounds {
    if (minSqnrDb.isEmpty() && maxAccuracyDrop.isEmpty()) {
      throw new IllegalArgumentException("a search needs a bound");
    }
    if (minSqnrDb.isPresent() && !Double.isFinite(minSqnrDb.getAsDouble())) {
      throw new IllegalArgumentException(
          "the least SQNR must be a finite number of decibels, got " + minSqnrDb.getAsDouble());
    }
    if (maxAccuracyDrop.isPresent() && !(Math.abs(maxAccuracyDrop.getAsDouble()) <= 1)) {
      throw new IllegalArgumentException(
          "the accuracy drop is a share from -1 to 1, got " + maxAccuracyDrop.getAsDouble());
    }
  }

  /** Every output at no less than so many decibels. */
  public static Bounds minSqnr(double decibels) {
    return new Bounds(OptionalDouble.of(decibels), OptionalDouble.empty());
  }

  /** Accuracy lower by no more than this share. */
  public static Bounds maxAccuracyDrop(double share) {
    return new Bounds(OptionalDouble.empty(), OptionalDouble.of(share));
  }

  /**
   * Whether a score keeps every bound.
   *
   * @throws SearchException if a bounded figure was not measured
   */
  public boolean met(Score score) {
    return missing(score) == 0 && drop(score) <= 0;
  }

  /** Best first: least beyond the accuracy bound, then least below the SQNR bound. */
  Comparator<Score> byDistance() {
    return Comparator.comparingDouble(this::drop).thenComparingDouble(this::missing);
  }

  private double missing(Score score) {
    if (minSqnrDb.isEmpty()) {
      return 0;
    }
    double missing = minSqnrDb.getAsDouble() - score.leastSqnrDb();
    return Double.isNaN(missing) ? Double.POSITIVE_INFINITY : Math.max(0, missing);
  }

  private double drop(Score score) {
    if (maxAccuracyDrop.isEmpty()) {
      return 0;
    }
    double drop =
        score
            .accuracyDrop()
            .orElseThrow(() ->
                new SearchException(
                    "a bound of the accuracy needs data with classes to measure it on"));
    double beyond = drop - maxAccuracyDrop.getAsDouble();
    return Double.isNaN(beyond) ? Double.POSITIVE_INFINITY : beyond <= ROUNDING ? 0 : beyond;
  }
}
