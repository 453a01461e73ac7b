package dev.swage.data;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Gives the categories of a table their numbers: the model's, or those of its training rows. */
final class CsvCategories {
  /** The model holds the square of it. */
  private static final int MOST_ONE_HOT = 1000;

  private enum Form {
    ONEHOT,
    INTEGER
  }

  private enum Unknown {
    ERROR,
    ZERO
  }

  private final CsvTable table;
  private final Options options;

  private CsvCategories(CsvTable table, Options options) {
    this.table = table;
    this.options = options;
  }

  /**
   * Writes the numbers into the table's rows.
   *
   * @return what a model has to know; empty for a table of numbers
   * @throws DataException for a category that is not known, in the rows that are opened, unless
   *     {@code unknown=zero}
   */
  static Optional<Categories> apply(CsvTable table, Options options, Optional<DataSchema> model) {
    CsvCategories categories = new CsvCategories(table, options);
    Optional<Categories> known = model.isPresent() ? model.get().categories() : categories.fitted();
    if (known.isEmpty()) {
      for (String key : List.of("categories", "unknown")) {
        if (options.text(key).isPresent()) {
          throw options.wrong(key, "to be absent: no column holds categories");
        }
      }
      return known;
    }
    categories.requireForm(known.get());
    boolean[] opened = categories.opened();
    table
        .found()
        .forEach((feature, texts) -> categories.number(feature, texts, known.get(), opened));
    return known;
  }

  private void requireForm(Categories known) {
    Optional<Form> form = options.choice("categories", Form.class);
    if (form.isPresent() && (form.get() == Form.ONEHOT) != known.oneHot()) {
      throw options.wrong("categories", "what the model was trained with, or nothing");
    }
  }

  private Optional<Categories> fitted() {
    if (table.found().isEmpty()) {
      return Optional.empty();
    }
    int[] training = rows(Split.TRAIN);
    Map<String, List<String>> names = new LinkedHashMap<>();
    table
        .found()
        .forEach((feature, texts) ->
            names.put(table.columns().get(feature), names(feature, texts, training)));
    boolean oneHot = options.choice("categories", Form.class).orElse(Form.ONEHOT) == Form.ONEHOT;
    names.forEach((column, list) -> {
      if (oneHot && list.size() > MOST_ONE_HOT) {
        throw new DataException(
            "%s: column '%s' has %d categories, one-hot takes at most %d; categories=integer gives the model their numbers, ignore=%s leaves the column out"
                .formatted(table.file(), column, list.size(), MOST_ONE_HOT, column));
      }
    });
    return Optional.of(new Categories(oneHot, names));
  }

  /** Names in ascending order: of numbers where all are, else of texts. */
  private List<String> names(int feature, List<String> texts, int[] training) {
    boolean numeric = texts.stream().allMatch(text -> table.cells().number(text).isPresent());
    Comparator<String> order =
        numeric
            ? Comparator.<String, BigDecimal>comparing(
                    text -> new BigDecimal(table.cells().plain(text)))
                .thenComparing(Comparator.naturalOrder())
            : Comparator.naturalOrder();
    TreeSet<String> names = new TreeSet<>(order);
    for (int row : training) {
      float number = table.rows().get(row)[feature];
      if (!Float.isNaN(number)) {
        names.add(texts.get((int) number));
      }
    }
    if (names.isEmpty()) {
      throw new DataException(
          "%s: column '%s' has no value in the %d training rows"
              .formatted(table.file(), table.columns().get(feature), training.length));
    }
    return List.copyOf(names);
  }

  private int[] rows(Split split) {
    int count = table.rows().size();
    return options.split().isPresent()
        ? Partition.of(count, options).rows(split)
        : IntStream.range(0, count).toArray();
  }

  private boolean[] opened() {
    boolean[] opened = new boolean[table.rows().size()];
    for (int row : rows(options.split().orElse(Split.TRAIN))) {
      opened[row] = true;
    }
    return opened;
  }

  /** For each text the number of its name; −1 where it is none. */
  private static int[] numbers(List<String> texts, List<String> names) {
    Map<String, Integer> numbers = new HashMap<>();
    names.forEach(name -> numbers.put(name, numbers.size()));
    return texts.stream().mapToInt(text -> numbers.getOrDefault(text, -1)).toArray();
  }

  private void number(int feature, List<String> texts, Categories known, boolean[] opened) {
    String column = table.columns().get(feature);
    List<String> names = known.of(column);
    int[] numbers = numbers(texts, names);
    boolean zero = options.choice("unknown", Unknown.class).orElse(Unknown.ERROR) == Unknown.ZERO;
    for (int row = 0; row < opened.length; row++) {
      float[] values = table.rows().get(row);
      if (Float.isNaN(values[feature])) {
        continue;
      }
      int text = (int) values[feature];
      if (numbers[text] < 0 && opened[row] && !zero) {
        throw new DataException(
            "%s line %d: column '%s' is '%s', which is none of the categories %s: %s; unknown=zero takes it for none of them"
                .formatted(
                    table.file(),
                    table.lines().get(row),
                    column,
                    texts.get(text),
                    options.split().isPresent() ? "of the training part" : "the model knows",
                    Listing.of(names)));
      }
      values[feature] = numbers[text] < 0 ? names.size() : numbers[text];
    }
  }
}
