package dev.swage.cli.inspect;

import dev.swage.data.DataSchema;
import dev.swage.data.FeatureStatistics;
import dev.swage.data.Listing;
import dev.swage.data.TextEncoding;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a model knows of its data, in words. */
final class SchemaLines {
  private SchemaLines() {}

  static List<String> of(DataSchema schema) {
    List<String> lines = new ArrayList<>();
    if (schema.isTable()) {
      lines.add(
          "reads rows of a table: %s%s"
              .formatted(
                  Listing.of(schema.features().stream().map(name -> column(schema, name)).toList()),
                  schema.statistics().map(SchemaLines::treatment).orElse("")));
    }
    if (schema.channels().isPresent()) {
      lines.add("standardizes its channels itself");
    }
    schema.texts().ifPresent(texts -> lines.add(texts(texts)));
    if (schema.textUnit().isPresent()) {
      lines.add("reads a text of %,d different units".formatted(schema.classNames().size()));
    } else if (!schema.classNames().isEmpty()) {
      lines.add("tells classes apart: %s".formatted(Listing.of(schema.classNames())));
    }
    return lines;
  }

  private static String column(DataSchema schema, String name) {
    int count = schema.categories().map(each -> each.of(name).size()).orElse(0);
    return count == 0 ? name : "%s (%d categories)".formatted(name, count);
  }

  private static String texts(TextEncoding texts) {
    String tokens =
        texts.isOfWords()
            ? String.format(Locale.ROOT, "%,d words", texts.words().size())
            : "the tokens of the tokenizer.json " + texts.tokenizer().substring(0, 12) + "…";
    return String.format(
        Locale.ROOT, "reads texts as %s, up to %,d a text", tokens, texts.length());
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
