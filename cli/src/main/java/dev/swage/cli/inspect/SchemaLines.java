package dev.swage.cli.inspect;

import dev.swage.data.DataSchema;
import dev.swage.data.FeatureStatistics;
import dev.swage.data.Listing;
import java.util.ArrayList;
import java.util.List;

/** What a model knows of its data, in words. */
final class SchemaLines {
  private SchemaLines() {}

  static List<String> of(DataSchema schema) {
    List<String> lines = new ArrayList<>();
    if (schema.isTable()) {
      lines.add(
          "reads rows of a table: %s%s"
              .formatted(
                  Listing.of(schema.features()),
                  schema.statistics().map(SchemaLines::treatment).orElse("")));
    }
    if (schema.textUnit().isPresent()) {
      lines.add("reads a text of %,d different units".formatted(schema.classNames().size()));
    } else if (!schema.classNames().isEmpty()) {
      lines.add("tells classes apart: %s".formatted(Listing.of(schema.classNames())));
    }
    return lines;
  }

  private static String treatment(FeatureStatistics statistics) {
    List<String> parts = new ArrayList<>();
    if (statistics.fillsMissing()) {
      parts.add("missing values (NaN) become the column's mean");
    }
    if (statistics.standardizes()) {
      parts.add("columns are standardized");
    }
    return "; in the model " + String.join(", ", parts);
  }
}
