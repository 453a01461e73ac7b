package dev.swage.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVRecord;

/**
 * Which columns of a table are features and which is the label.
 *
 * @param texts the column with the text, and that with the second text of pairs
 * @param names of all columns; their numbers from 0 where the file has no header
 */
record CsvColumns(
    boolean hasHeader,
    List<String> names,
    List<Integer> features,
    List<Integer> texts,
    OptionalInt label) {

  /**
   * Without {@code header=true|false} the first line is a header when none of its cells is a number
   * or missing. The label is the last column unless {@code label=} gives a name, a number from 0,
   * or {@code none}. A model that was trained on a table says which columns are its features and
   * which has the label; that one may be absent.
   */
  static CsvColumns of(
      Path file, CSVRecord first, Options options, CsvCells cells, Optional<DataSchema> model) {
    boolean looksLikeHeader =
        first.stream().noneMatch(c -> cells.isMissing(c) || cells.number(c).isPresent());
    boolean hasHeader = options.flag("header", looksLikeHeader);
    List<String> names =
        hasHeader
            ? first.toList()
            : IntStream.range(0, first.size()).mapToObj(Integer::toString).toList();
    Reading reading = new Reading(file, hasHeader, names, options);
    if (model.flatMap(DataSchema::texts).isPresent()) {
      return reading.textsForModel(model.get());
    }
    return model.filter(DataSchema::isTable).map(reading::forModel).orElseGet(reading::toTrain);
  }

  /** The columns of one file, by its names. */
  private record Reading(Path file, boolean hasHeader, List<String> names, Options options) {
    CsvColumns toTrain() {
      List<Integer> texts = indices("text", JsonLines.texts(options, Optional.empty()));
      OptionalInt label = wantedLabel().orElse(last(texts));
      Set<Integer> unused = ignored();
      label.ifPresent(unused::add);
      unused.addAll(texts);
      List<Integer> wanted = indices("features", options.names("features"));
      List<Integer> features =
          texts.isEmpty() && wanted.isEmpty()
              ? IntStream.range(0, names.size()).boxed().filter(c -> !unused.contains(c)).toList()
              : wanted;
      requireOnce(label, texts, features);
      if (features.isEmpty() && texts.isEmpty()) {
        throw new DataException(
            "%s has columns %s, of which none is left as a feature".formatted(file, names));
      }
      return new CsvColumns(hasHeader, names, features, texts, label);
    }

    /** The last column that is no text. */
    private OptionalInt last(List<Integer> texts) {
      return IntStream.range(0, names.size()).filter(c -> !texts.contains(c)).max();
    }

    private List<Integer> indices(String key, List<String> columns) {
      return columns.stream().map(column -> index(key, column)).toList();
    }

    private void requireOnce(OptionalInt label, List<Integer> texts, List<Integer> features) {
      List<Integer> all = new ArrayList<>(texts);
      all.addAll(features);
      label.ifPresent(all::add);
      for (int column : all) {
        if (all.indexOf(column) != all.lastIndexOf(column)) {
          throw new DataException(
              "%s: column '%s' is given twice, expected different ones for text, pair, features and label"
                  .formatted(options.name(), names.get(column)));
        }
      }
    }

    CsvColumns textsForModel(DataSchema model) {
      List<Integer> texts = indices("text", JsonLines.texts(options, Optional.of(model)));
      List<Integer> features = byName(model);
      List<Integer> inputs = new ArrayList<>(texts);
      inputs.addAll(features);
      OptionalInt label = wantedLabel().orElseGet(() -> labelOf(model, inputs));
      requireOnce(label, texts, features);
      return new CsvColumns(hasHeader, names, features, texts, label);
    }

    CsvColumns forModel(DataSchema model) {
      Optional<OptionalInt> wanted = wantedLabel();
      List<Integer> features = isInOrder(model) ? inOrder(wanted, model) : byName(model);
      OptionalInt label =
          wanted.orElseGet(() ->
              features.size() == names.size() ? OptionalInt.empty() : labelOf(model, features));
      Set<Integer> wrong = ignored();
      label.ifPresent(wrong::add);
      for (int feature : features) {
        if (wrong.contains(feature)) {
          throw new DataException(
              "%s: column '%s' is an input of the model; it can be neither the label nor ignored"
                  .formatted(options.name(), names.get(feature)));
        }
      }
      return new CsvColumns(hasHeader, names, features, List.of(), label);
    }

    /** Whether columns are known by their order: the table, or the one trained on, has no names. */
    private boolean isInOrder(DataSchema model) {
      boolean numbered =
          model.features().stream().allMatch(name -> isIndex(name) && !names.contains(name));
      boolean onlyFeatures = names.size() == model.features().size();
      return hasHeader ? numbered && onlyFeatures : onlyFeatures || !numbers(model);
    }

    private static boolean numbers(DataSchema model) {
      return model.features().stream().allMatch(Reading::isIndex);
    }

    private static boolean isIndex(String name) {
      return name.matches("[0-9]{1,9}");
    }

    private List<Integer> inOrder(Optional<OptionalInt> label, DataSchema model) {
      List<Integer> columns = new ArrayList<>(IntStream.range(0, names.size()).boxed().toList());
      label.ifPresent(
          wanted -> wanted.ifPresent(column -> columns.remove(/* element */ (Integer) column)));
      columns.removeAll(ignored());
      if (columns.size() != model.features().size()) {
        throw new DataException(
            "%s has %d columns and no header, the model takes the %d columns %s; add a header line with these names, or say label=NUMBER, counted from 0"
                .formatted(
                    file, names.size(), model.features().size(), Listing.of(model.features())));
      }
      return columns;
    }

    private List<Integer> byName(DataSchema model) {
      List<Integer> columns = new ArrayList<>();
      for (String feature : model.features()) {
        int column = find(feature);
        if (names.indexOf(feature) != names.lastIndexOf(feature)) {
          throw new DataException(
              "%s has more than one column '%s', which the model was trained on; rename the others"
                  .formatted(file, feature));
        }
        if (column < 0) {
          throw new DataException(
              "%s has no column '%s', which the model was trained on; it has %s, the model takes %s"
                  .formatted(file, feature, Listing.of(names), Listing.of(model.features())));
        }
        columns.add(column);
      }
      return columns;
    }

    /** The model's label; of a model that knows of no targets, the last column that is left. */
    private OptionalInt labelOf(DataSchema model, List<Integer> inputs) {
      if (!model.knowsTargets()) {
        return IntStream.range(0, names.size()).filter(c -> !inputs.contains(c)).max();
      }
      int column = model.label().map(this::find).orElse(-1);
      return column < 0 ? OptionalInt.empty() : OptionalInt.of(column);
    }

    /** What {@code label=} says; empty without this key. */
    private Optional<OptionalInt> wantedLabel() {
      return options
          .text("label")
          .map(wanted ->
              wanted.equals("none") && !names.contains("none")
                  ? OptionalInt.empty()
                  : OptionalInt.of(index("label", wanted)));
    }

    private Set<Integer> ignored() {
      Set<Integer> unused = new HashSet<>();
      options
          .text("ignore")
          .map(list -> List.of(list.split(",", -1)))
          .orElse(List.of())
          .forEach(column -> unused.add(index("ignore", column)));
      return unused;
    }

    private int index(String key, String column) {
      int index = find(column);
      if (index < 0) {
        throw new DataException(
            "%s has no column '%s' for key '%s'; %s"
                .formatted(file, column, key, Suggestion.forWord(column, names)));
      }
      return index;
    }

    /** The column of this name, or of this number where no column is called so; else −1. */
    private int find(String column) {
      int byName = names.indexOf(column);
      if (byName >= 0 || !isIndex(column)) {
        return byName;
      }
      int index = Integer.parseInt(column);
      return index < names.size() ? index : -1;
    }
  }

  /** Number of columns every row must have. */
  int count() {
    return names.size();
  }

  String name(int column) {
    return names.get(column);
  }

  /** Names of the features; numbers from 0 where a name stands for several columns, or none. */
  List<String> featureNames() {
    return features.stream().map(this::known).toList();
  }

  /** What {@code category=} names. */
  List<String> categoryNames(Path file, Options options) {
    List<String> wanted = options.names("category");
    if (!wanted.isEmpty() && !texts.isEmpty()) {
      throw options.wrong("category", "to be absent beside text=COLUMN");
    }
    for (String column : wanted) {
      if (!featureNames().contains(column)) {
        throw new DataException(
            "%s has no input '%s' for key 'category'; %s"
                .formatted(file, column, Suggestion.forWord(column, featureNames())));
      }
    }
    return wanted;
  }

  List<String> textNames() {
    return texts.stream().map(this::known).toList();
  }

  Optional<String> labelName() {
    return label.isPresent() ? Optional.of(known(label.getAsInt())) : Optional.empty();
  }

  private String known(int column) {
    boolean clear = !names.contains("") && Set.copyOf(names).size() == names.size();
    return clear ? names.get(column) : Integer.toString(column);
  }
}
