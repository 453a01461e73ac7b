package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * JSON objects, one a line: a text or two, numbers, a label. Labels and numbers are kept in memory,
 * texts are read when a batch asks for them.
 */
final class JsonLines {
  private final Path file;
  private final Options options;
  private final List<String> texts;
  private final List<String> features;
  private final Optional<String> label;
  private final Set<String> wanted = new HashSet<>();
  private final List<float[]> numbers = new ArrayList<>();
  private final List<String> labels = new ArrayList<>();
  private final List<Long> lines = new ArrayList<>();
  private final Map<String, String> different = new HashMap<>();

  private JsonLines(Path file, Options options, Optional<DataSchema> model) {
    this.file = file;
    this.options = options;
    Optional<DataSchema> known =
        model.filter(schema -> schema.isTable() || schema.texts().isPresent());
    texts = texts(options, known);
    features = known.map(DataSchema::features).orElse(options.names("features"));
    label =
        options.text("label").isPresent()
            ? options.text("label").filter(name -> !name.equals("none"))
            : known.flatMap(DataSchema::label);
    if (texts.isEmpty() && features.isEmpty()) {
      throw new DataException(
          "%s: say which fields are the inputs: text=FIELD, or features=FIELD,… for numbers"
              .formatted(options.name()));
    }
    wanted.addAll(texts);
    wanted.addAll(features);
    label.ifPresent(wanted::add);
    if (wanted.size() < texts.size() + features.size() + (label.isPresent() ? 1 : 0)) {
      throw new DataException(
          "%s: a field is given twice, expected different ones for text, pair, features and label"
              .formatted(options.name()));
    }
  }

  /** The columns or fields with texts, as the keys say, else as of the model. */
  static List<String> texts(Options options, Optional<DataSchema> model) {
    List<String> known =
        model.flatMap(DataSchema::texts).map(TextEncoding::columns).orElse(List.of());
    List<String> names = new ArrayList<>();
    options.text("text").ifPresent(names::add);
    options.text("pair").ifPresent(names::add);
    if (options.text("pair").isPresent() && options.text("text").isEmpty()) {
      throw options.wrong("pair", "to stand beside text=COLUMN");
    }
    if (!known.isEmpty() && !names.isEmpty() && names.size() != known.size()) {
      throw options.wrong(
          "text",
          known.size() == 2
              ? "to stand beside pair=COLUMN: the model was trained on pairs"
              : "to stand alone: the model was not trained on pairs");
    }
    return names.isEmpty() ? known : names;
  }

  static DataSource open(Path file, Options options, Optional<DataSchema> model) {
    JsonLines reading = new JsonLines(file, options, model);
    try {
      return reading.read(model);
    } catch (IOException e) {
      throw FileBytes.unreadable(file, e);
    }
  }

  private DataSource read(Optional<DataSchema> model) throws IOException {
    LineStore store = LineStore.open(file, this::add);
    if (store.size() == 0) {
      throw new DataException(file + " is empty, expected at least one JSON object");
    }
    LabelColumn column = new LabelColumn(file, label, labels, lines, new CsvCells(Set.of(), '.'));
    Targets targets = LabelTargets.of(column, options, model);
    Optional<Rows> rows = features.isEmpty() ? Optional.empty() : Optional.of(rows());
    if (!texts.isEmpty()) {
      LabelledTexts.Found found =
          new LabelledTexts.Found(
              new Lines(store, texts, Set.copyOf(texts)), rows, targets, texts, features, label);
      return LabelledTexts.open(found, options, model);
    }
    for (String key : LabelledTexts.KEYS) {
      if (options.text(key).isPresent()) {
        throw options.wrong(key, "to stand beside text=FIELD");
      }
    }
    DataSchema schema =
        model
            .map(known -> known.withTargets(targets.classNames(), label))
            .orElseGet(() ->
                new DataSchema(
                    targets.classNames(), Optional.empty(), features, label, Optional.empty()));
    return Partition.apply(
        new MemorySource(options.name(), rows.orElseThrow(), targets).withSchema(schema), options);
  }

  private void add(int row, long line, byte[] bytes) {
    String place = file + " line " + line;
    JsonRecord values = JsonRecord.read(bytes, place, wanted);
    for (int i = 0; i < texts.size(); i++) {
      values.text(i == 0 ? "text" : "pair", texts.get(i));
    }
    if (!features.isEmpty()) {
      float[] found = new float[features.size()];
      for (int i = 0; i < found.length; i++) {
        found[i] = values.number("features", features.get(i));
      }
      numbers.add(found);
    }
    lines.add(line);
    label.ifPresent(
        name -> labels.add(different.computeIfAbsent(values.text("label", name), text -> text)));
  }

  private Rows rows() {
    int width = features.size();
    float[] all = new float[Math.multiplyExact(numbers.size(), width)];
    for (int i = 0; i < numbers.size(); i++) {
      System.arraycopy(numbers.get(i), 0, all, i * width, width);
    }
    Scaling.of(options, 1, Shape.of(width)).applyTo(all, Shape.of(width));
    return new TensorRows(Tensor.ofFloats(Shape.of(numbers.size(), width), all));
  }

  /** Texts that are read from their lines. */
  private record Lines(LineStore store, List<String> fields, Set<String> wanted)
      implements TextRows {
    @Override
    public int size() {
      return store.size();
    }

    @Override
    public TextPair at(int row) {
      JsonRecord values = JsonRecord.read(store.at(row), place(row), wanted);
      return new TextPair(
          values.text("text", fields.getFirst()),
          fields.size() == 1 ? Optional.empty() : Optional.of(values.text("pair", fields.get(1))));
    }

    @Override
    public String place(int row) {
      return store.place(row);
    }
  }
}
