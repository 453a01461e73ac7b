package dev.swage.data;

import java.util.List;

/**
 * What a model does to the columns of a table before anything else: missing values become the
 * column's mean, and then {@code (x − mean) / deviation}. Computed once, on the rows a model is
 * trained on, in double and rounded to float32, as they are in the model.
 *
 * @param fillsMissing whether a missing value (NaN) becomes the column's mean
 * @param means one for each column
 * @param deviations standard deviations, above 0, one for each column; empty where columns are not
 *     standardized
 */
public record FeatureStatistics(boolean fillsMissing, List<Float> means, List<Float> deviations) {
  /**
   * @throws IllegalArgumentException for numbers that are not finite, deviations that are not above
   *     0, and another number of deviations than of means
   */
  public FeatureStatistics {
    means = List.copyOf(means);
    deviations = List.copyOf(deviations);
    if (!deviations.isEmpty() && deviations.size() != means.size()) {
      throw new IllegalArgumentException(
          "%d means and %d deviations, expected as many"
              .formatted(means.size(), deviations.size()));
    }
    if (!means.stream().allMatch(Float::isFinite)) {
      throw new IllegalArgumentException("means must be finite, got " + means);
    }
    if (!deviations.stream().allMatch(value -> value > 0 && Float.isFinite(value))) {
      throw new IllegalArgumentException("deviations must be above 0, got " + deviations);
    }
    if (!fillsMissing && deviations.isEmpty()) {
      throw new IllegalArgumentException("statistics that are used for nothing");
    }
  }

  /** Whether columns are standardized. */
  public boolean standardizes() {
    return !deviations.isEmpty();
  }
}
