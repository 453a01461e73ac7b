package dev.swage.data;

import java.util.Arrays;
import java.util.Optional;

/**
 * Rows of a file dealt to train, validation and test: the seed's permutation of all rows is cut in
 * the ratio of {@code fractions} (0.7, 0.15, 0.15 unless given), and each part keeps the file's
 * order. Parts of one seed are disjoint and together hold every row.
 */
final class Partition {
  private final int[] order;
  private final int trainEnd;
  private final int validationEnd;

  private Partition(int[] order, int trainEnd, int validationEnd) {
    this.order = order;
    this.trainEnd = trainEnd;
    this.validationEnd = validationEnd;
  }

  static Partition of(int rows, Options options) {
    float[] fractions = options.numbers("fractions").orElse(new float[] {0.7f, 0.15f, 0.15f});
    double sum = 0;
    for (float fraction : fractions) {
      sum += fraction < 0 ? Double.NaN : fraction;
    }
    if (fractions.length != 3 || !(Math.abs(sum - 1) < 1e-5)) {
      throw options.wrong("fractions", "three numbers from 0 to 1 that sum to 1");
    }
    int trainEnd = Math.round(rows * fractions[0]);
    int validationEnd = Math.min(rows, trainEnd + Math.round(rows * fractions[1]));
    int[] order = new SeededRandom(options.seed()).permutation(rows);
    return new Partition(order, trainEnd, validationEnd);
  }

  /** The rows of one part, in the file's order. */
  int[] rows(Split split) {
    int[] rows =
        switch (split) {
          case TRAIN -> Arrays.copyOfRange(order, 0, trainEnd);
          case VALIDATION -> Arrays.copyOfRange(order, trainEnd, validationEnd);
          case TEST -> Arrays.copyOfRange(order, validationEnd, order.length);
        };
    Arrays.sort(rows);
    return rows;
  }

  /** The part of a source that the options ask for; all of it when they name no split. */
  static DataSource apply(DataSource whole, Options options) {
    Partition partition = of(whole.size(), options);
    Optional<Split> split = options.split();
    if (split.isEmpty()) {
      return whole;
    }
    int[] rows = partition.rows(split.get());
    if (rows.length == 0) {
      throw options.wrong(
          "split", "a part with samples: %d are too few to split".formatted(whole.size()));
    }
    return new Selection(whole.name(), whole, rows);
  }
}
