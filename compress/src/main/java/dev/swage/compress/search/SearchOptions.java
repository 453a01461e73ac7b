package dev.swage.compress.search;

/**
 * How long is searched.
 *
 * @param maxEvaluations models that are measured at most, those of a resumed search included; the
 *     measurements by which nodes are ranked, one for each, are not among them
 */
public record SearchOptions(int maxEvaluations) {
  public SearchOptions {
    if (maxEvaluations < 1) {
      throw new IllegalArgumentException(
          "at least one model must be measured, got " + maxEvaluations);
    }
  }

  /** 60 models. */
  public static SearchOptions defaults() {
    return new SearchOptions(60);
  }
}
