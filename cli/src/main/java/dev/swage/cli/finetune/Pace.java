package dev.swage.cli.finetune;

/**
 * How long and how fast a model is trained, where nobody says so.
 *
 * @param rate learning rate
 * @param rateOfLarge the same of a large model, which knows much already
 * @param epochs passes over the data
 * @param epochsOfLarge the same of a large model
 */
record Pace(double rate, double rateOfLarge, int epochs, int epochsOfLarge) {
  /** From so many trained weights on, a model is taken for a large one. */
  private static final long LARGE = 5_000_000;

  static final Pace OF_FLOATS = new Pace(1e-3, 5e-5, 10, 3);

  /** Through codes, weights are to move by steps of codes, not to learn anew. */
  static final Pace OF_CODES = new Pace(5e-4, 2e-5, 5, 1);

  double rate(long weights) {
    return weights >= LARGE ? rateOfLarge : rate;
  }

  int epochs(long weights) {
    return weights >= LARGE ? epochsOfLarge : epochs;
  }
}
