package dev.swage.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Whose statistics are used on a table, and what becomes of values that are missing. Statistics are
 * the model's: of training data they are computed and told ({@link DataSource#schema}), so that
 * they become a part of the model; with a model they are the ones it has. Rows stay as they are but
 * for missing values. Only {@code own} treats the rows by statistics of their own file.
 */
record CsvTreatment(Missing missing, Standardize standardize, Optional<DataSchema> model) {
  /** What to do with a row that lacks a value. */
  enum Missing {
    ERROR,
    DROP,
    /** The mean of the column in the data the model was trained on. */
    MEAN,
    /** The mean of the column over this file's training rows. */
    OWN
  }

  /** By whose statistics columns get mean 0 and deviation 1. */
  enum Standardize {
    FALSE,
    /** By those of the data the model was trained on, in the model. */
    TRUE,
    /** By those of this file's training rows, when it is opened. */
    OWN
  }

  static CsvTreatment of(Options options, Optional<DataSchema> model) {
    Optional<FeatureStatistics> known = model.flatMap(DataSchema::statistics);
    boolean fills = known.filter(FeatureStatistics::fillsMissing).isPresent();
    boolean standardizes = known.filter(FeatureStatistics::standardizes).isPresent();
    Missing missing =
        options.choice("missing", Missing.class).orElse(fills ? Missing.MEAN : Missing.ERROR);
    Standardize standardize =
        options.choice("standardize", Standardize.class).orElse(Standardize.FALSE);
    if (model.isPresent() && missing == Missing.MEAN && !fills) {
      throw new DataException(
          "%s: missing=mean takes the means of a model that was trained so, and this one has none; missing=drop leaves such rows out, missing=own takes the means of this file"
              .formatted(options.name()));
    }
    if (model.isPresent() && standardize == Standardize.TRUE && !standardizes) {
      throw new DataException(
          "%s: standardize=true is done by a model that was trained so, and this one was not; leave it out for rows as they are, or write standardize=own to use the statistics of this file"
              .formatted(options.name()));
    }
    if (standardizes && standardize == Standardize.OWN) {
      throw new DataException(
          "%s: standardize=own contradicts the model, which standardizes by statistics of its own; leave it out"
              .formatted(options.name()));
    }
    if (standardize == Standardize.OWN && missing == Missing.MEAN) {
      throw new DataException(
          "%s: standardize=own needs missing=own, not missing=mean".formatted(options.name()));
    }
    return new CsvTreatment(missing, standardize, model);
  }

  /**
   * Fills and standardizes the rows in place, as far as that is not the model's part.
   *
   * @return what the model has to do, or does
   */
  Optional<FeatureStatistics> apply(CsvTable table, Options options) {
    if (missing == Missing.OWN || standardize == Standardize.OWN) {
      int[] train = Partition.of(table.rows().size(), options).rows(Split.TRAIN);
      applyOwn(table, ColumnFit.of(table, train));
    }
    Optional<FeatureStatistics> statistics =
        model.isPresent() ? model.get().statistics() : fitted(table, options);
    if (missing == Missing.MEAN) {
      List<Float> means = statistics.orElseThrow().means();
      table.rows().forEach(row -> fill(row, means));
    }
    return statistics;
  }

  private static void fill(float[] row, List<Float> means) {
    for (int column = 0; column < row.length; column++) {
      row[column] = Float.isNaN(row[column]) ? means.get(column) : row[column];
    }
  }

  private void applyOwn(CsvTable table, List<ColumnFit> fits) {
    for (float[] row : table.rows()) {
      for (int column = 0; column < row.length; column++) {
        ColumnFit fit = fits.get(column);
        double value = Float.isNaN(row[column]) ? fit.mean() : row[column];
        row[column] =
            (float)
                (standardize == Standardize.OWN && !table.found().containsKey(column)
                    ? (value - fit.mean()) / fit.deviation()
                    : value);
      }
    }
  }

  private Optional<FeatureStatistics> fitted(CsvTable table, Options options) {
    boolean fills = missing == Missing.MEAN;
    boolean standardizes = standardize == Standardize.TRUE;
    if (!fills && !standardizes) {
      return Optional.empty();
    }
    int rows = table.rows().size();
    int[] train =
        options.split().isPresent()
            ? Partition.of(rows, options).rows(Split.TRAIN)
            : IntStream.range(0, rows).toArray();
    List<Float> means = new ArrayList<>();
    List<Float> deviations = new ArrayList<>();
    for (ColumnFit fit : ColumnFit.of(table, train)) {
      means.add((float) fit.mean());
      if (standardizes) {
        deviations.add((float) fit.deviation());
      }
    }
    return Optional.of(new FeatureStatistics(fills, means, deviations));
  }
}
