package dev.swage.data;

import dev.swage.data.CsvTreatment.Missing;
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
    if (!table.texts().isEmpty()) {
      return texts(table, options, treatment, model);
    }
    for (String key : LabelledTexts.KEYS) {
      if (options.text(key).isPresent()) {
        throw options.wrong(key, "to stand beside text=COLUMN");
      }
    }
    Shape shape = Shape.of(table.columns().size());
    Scaling scaling = Scaling.of(options, 1, shape);
    Optional<Categories> categories = CsvCategories.apply(table, options, model);
    if (categories.isPresent() && !scaling.isIdentity()) {
      throw new DataException(
          "%s: scale, mean and std are for tables of numbers alone, and '%s' holds categories; say standardize=true"
              .formatted(options.name(), categories.get().names().keySet().iterator().next()));
    }
    Optional<FeatureStatistics> statistics = treatment.apply(table, options);
    if (!scaling.isIdentity()) {
      requireAsTheyAre(options, treatment, statistics);
    }
    Targets targets = LabelTargets.of(table.labelColumn(), options, model);
    DataSchema schema =
        model
            .map(known -> known.withTargets(targets.classNames(), table.label()))
            .orElseGet(() ->
                new DataSchema(
                    targets.classNames(),
                    Optional.empty(),
                    table.columns(),
                    table.label(),
                    statistics,
                    Optional.empty(),
                    categories,
                    Optional.empty()));
    return Partition.apply(
        new MemorySource(options.name(), rows(table, scaling), targets).withSchema(schema),
        options);
  }

  private static Rows rows(CsvTable table, Scaling scaling) {
    int width = table.columns().size();
    int rows = table.rows().size();
    float[] values = new float[Math.multiplyExact(rows, width)];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(table.rows().get(i), 0, values, i * width, width);
    }
    scaling.applyTo(values, Shape.of(width));
    return new TensorRows(Tensor.ofFloats(Shape.of(rows, width), values));
  }

  /** A table with texts: they are the inputs, and numbers beside them. */
  private static DataSource texts(
      CsvTable table, Options options, CsvTreatment treatment, Optional<DataSchema> model) {
    if (treatment.standardize() != Standardize.FALSE
        || treatment.missing() == Missing.MEAN
        || treatment.missing() == Missing.OWN) {
      throw new DataException(
          "%s: standardize and means for missing values are for tables of numbers alone; with texts, say mean, std and missing=drop"
              .formatted(options.name()));
    }
    Optional<Rows> numbers =
        table.columns().isEmpty()
            ? Optional.empty()
            : Optional.of(rows(table, Scaling.of(options, 1, Shape.of(table.columns().size()))));
    return LabelledTexts.open(
        new LabelledTexts.Found(
            new TextRows.InMemory(
                table.texts(), row -> table.file() + " line " + table.lines().get(row)),
            numbers,
            LabelTargets.of(table.labelColumn(), options, model),
            table.textColumns(),
            table.columns(),
            table.label()),
        options,
        model);
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
