package dev.swage.train;

/**
 * Ends a run when validation no longer improves, and gives the model of the best epoch.
 *
 * @param metric what is watched, on the validation data
 * @param patience so many epochs in a row may bring no improvement; at least 1
 * @param margin an improvement must be larger than this, ≥ 0
 */
public record EarlyStopping(Metric metric, int patience, double margin) {
  public EarlyStopping {
    Checks.atLeastOne("patience", patience);
    Checks.notNegative("margin", margin);
  }

  /** Watches the metric with a margin of 0. */
  public static EarlyStopping on(Metric metric, int patience) {
    return new EarlyStopping(metric, patience, 0);
  }
}
