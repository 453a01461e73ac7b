package dev.swage.data;

import dev.swage.data.CsvTable.Missing;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;

/**
 * A table as samples {@code [features]}. Values that are missing ({@code missing=mean}) become
 * their column's mean, and {@code standardize=true} takes off each column's mean and divides by its
 * standard deviation; both are computed over the rows of {@code split=train}, whichever split is
 * opened, so that all splits, and the whole, are treated alike and nothing leaks from the test
 * rows.
 */
final class CsvSource {
  private CsvSource() {}

  static DataSource open(Path file, Options options) {
    CsvTable table = CsvTable.read(file, options);
    int rows = table.rows().size();
    Shape shape = Shape.of(table.columns().size());
    Scaling scaling = Scaling.of(options, 1, shape);
    int[] train = Partition.of(rows, options).rows(Split.TRAIN);
    boolean standardize = options.flag("standardize", false);
    if (standardize && !scaling.isIdentity()) {
      throw new DataException(
          options.name() + ": standardize=true contradicts scale, mean and std");
    }
    boolean fill =
        options.choice("missing", Missing.class).filter(m -> m == Missing.MEAN).isPresent();
    for (int column = 0; column < table.columns().size(); column++) {
      if (fill || standardize) {
        fit(table, column, train, standardize);
      }
    }
    float[] values = new float[Math.multiplyExact(rows, table.columns().size())];
    for (int i = 0; i < rows; i++) {
      float[] row = table.rows().get(i);
      System.arraycopy(row, 0, values, i * row.length, row.length);
    }
    scaling.applyTo(values, shape);
    Tensor inputs = Tensor.ofFloats(Shape.of(rows, table.columns().size()), values);
    return Partition.apply(
        new MemorySource(options.name(), new TensorRows(inputs), CsvTargets.of(table, options)),
        options);
  }

  /** Fills a column's missing values, and standardizes it, by the training rows' statistics. */
  private static void fit(CsvTable table, int column, int[] train, boolean standardize) {
    double sum = 0;
    int present = 0;
    for (int row : train) {
      float value = table.rows().get(row)[column];
      if (!Float.isNaN(value)) {
        sum += value;
        present++;
      }
    }
    if (present == 0) {
      throw new DataException(
          "%s: column '%s' has no value in the %d training rows to take a mean of"
              .formatted(table.file(), table.columns().get(column), train.length));
    }
    double mean = sum / present;
    double squares = 0;
    for (int row : train) {
      float value = table.rows().get(row)[column];
      squares += Float.isNaN(value) ? 0 : (value - mean) * (value - mean);
    }
    // Missing values sit at the mean; a constant column is only centred.
    double deviation = squares > 0 ? Math.sqrt(squares / train.length) : 1;
    for (float[] row : table.rows()) {
      double value = Float.isNaN(row[column]) ? mean : row[column];
      row[column] = (float) (standardize ? (value - mean) / deviation : value);
    }
  }
}
