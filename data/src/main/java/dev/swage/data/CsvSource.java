package dev.swage.data;

import dev.swage.data.CsvTreatment.Standardize;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A table as samples {@code [features]}, rows as they are in the file. What a model is to do to the
 * columns, which they are, and what its classes are called, is in the {@link DataSource#schema}:
 * found in the table where it is opened to train on, and the model's where it is opened for one.
 */
final class CsvSource {
  private CsvSource() {}

  static DataSource open(Path file, Options options, Optional<DataSchema> model) {
    CsvTreatment treatment = CsvTreatment.of(options, model);
    CsvTable table = CsvTable.read(file, options, treatment);
    int rows = table.rows().size();
    Shape shape = Shape.of(table.columns().size());
    Scaling scaling = Scaling.of(options, 1, shape);
    Optional<FeatureStatistics> statistics = treatment.apply(table, options);
    if (!scaling.isIdentity()) {
      requireAsTheyAre(options, treatment, statistics);
    }
    float[] values = new float[Math.multiplyExact(rows, table.columns().size())];
    for (int i = 0; i < rows; i++) {
      float[] row = table.rows().get(i);
      System.arraycopy(row, 0, values, i * row.length, row.length);
    }
    scaling.applyTo(values, shape);
    Tensor inputs = Tensor.ofFloats(Shape.of(rows, table.columns().size()), values);
    Targets targets = CsvTargets.of(table, options, model);
    DataSchema schema =
        model.orElseGet(() ->
            new DataSchema(
                targets.classNames(),
                Optional.empty(),
                table.columns(),
                table.label(),
                statistics));
    return Partition.apply(
        new MemorySource(options.name(), new TensorRows(inputs), targets).withSchema(schema),
        options);
  }

  /** A model that does something to its columns first takes rows as they are in the file. */
  private static void requireAsTheyAre(
      Options options, CsvTreatment treatment, Optional<FeatureStatistics> statistics) {
    if (treatment.standardize() != Standardize.FALSE) {
      throw new DataException(
          "%s: standardize=%s contradicts scale, mean and std"
              .formatted(options.name(), options.text("standardize").orElse("")));
    }
    if (statistics.isPresent()) {
      throw new DataException(
          treatment.model().isPresent()
              ? "%s: scale, mean and std contradict the model, which takes rows as they are and does the rest itself; leave them out"
                  .formatted(options.name())
              : "%s: missing=mean contradicts scale, mean and std; missing=own takes the means when the file is opened"
                  .formatted(options.name()));
    }
  }
}
