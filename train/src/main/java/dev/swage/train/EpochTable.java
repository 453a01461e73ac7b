package dev.swage.train;

import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;

/**
 * Epoch records as a table of float64: a row per epoch with training loss, accuracy and samples,
 * the same of validation, learning rate, seconds. NaN stands for no accuracy, −1 samples for no
 * validation.
 */
final class EpochTable {
  private static final String NAME = "history/epochs";
  private static final String FIGURES = "history/figure/";
  private static final int COLUMNS = 8;

  private EpochTable() {}

  static void save(List<EpochRecord> epochs, Map<String, Tensor> tensors) {
    double[] cells = new double[epochs.size() * COLUMNS];
    for (int row = 0; row < epochs.size(); row++) {
      EpochRecord record = epochs.get(row);
      int at = row * COLUMNS;
      put(cells, at, record.training());
      put(cells, at + 3, record.validation().orElse(new Score(0, OptionalDouble.empty(), -1)));
      cells[at + 6] = record.learningRate();
      cells[at + 7] = record.seconds();
    }
    tensors.put(NAME, Manifest.ofDoubles(cells));
    saveFigures(epochs, tensors);
  }

  /** Further metrics of validation: a column for each, NaN where an epoch has none. */
  private static void saveFigures(List<EpochRecord> epochs, Map<String, Tensor> tensors) {
    for (Metric metric : Metric.values()) {
      double[] column =
          epochs.stream()
              .mapToDouble(record ->
                  record
                      .validation()
                      .map(score -> score.figures().getOrDefault(metric, Double.NaN))
                      .orElse(Double.NaN))
              .toArray();
      if (DoubleStream.of(column).anyMatch(value -> !Double.isNaN(value))) {
        tensors.put(FIGURES + metric.word(), Manifest.ofDoubles(column));
      }
    }
  }

  /** The columns that a checkpoint has. */
  private static Map<Metric, double[]> figures(Checkpoint checkpoint, int epochs) {
    Map<Metric, double[]> columns = new EnumMap<>(Metric.class);
    for (Metric metric : Metric.values()) {
      if (checkpoint.tensors().containsKey(FIGURES + metric.word())) {
        columns.put(metric, Manifest.doubles(checkpoint, FIGURES + metric.word(), epochs));
      }
    }
    return columns;
  }

  private static Map<Metric, Double> figures(Map<Metric, double[]> columns, int row) {
    Map<Metric, Double> figures = new EnumMap<>(Metric.class);
    columns.forEach((metric, column) -> {
      if (!Double.isNaN(column[row])) {
        figures.put(metric, column[row]);
      }
    });
    return figures;
  }

  private static void put(double[] cells, int at, Score score) {
    cells[at] = score.loss();
    cells[at + 1] = score.accuracy().orElse(Double.NaN);
    cells[at + 2] = score.samples();
  }

  static List<EpochRecord> restore(Checkpoint checkpoint, int epochs) {
    double[] cells = Manifest.doubles(checkpoint, NAME, (long) epochs * COLUMNS);
    Map<Metric, double[]> figures = figures(checkpoint, epochs);
    List<EpochRecord> records = new ArrayList<>(epochs);
    for (int row = 0; row < epochs; row++) {
      int at = row * COLUMNS;
      Score validation = score(cells, at + 3);
      records.add(
          new EpochRecord(
              row + 1,
              score(cells, at),
              validation.samples() < 0
                  ? Optional.empty()
                  : Optional.of(
                      new Score(
                          validation.loss(),
                          validation.accuracy(),
                          validation.samples(),
                          figures(figures, row),
                          Optional.empty())),
              cells[at + 6],
              cells[at + 7]));
    }
    return records;
  }

  private static Score score(double[] cells, int at) {
    OptionalDouble accuracy =
        Double.isNaN(cells[at + 1]) ? OptionalDouble.empty() : OptionalDouble.of(cells[at + 1]);
    return new Score(cells[at], accuracy, (long) cells[at + 2]);
  }
}
