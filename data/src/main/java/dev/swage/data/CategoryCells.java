package dev.swage.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which columns of a table hold categories, found while its rows are read: those that are said to,
 * and those whose first value is a text. Each text gets a number in the order of appearance, until
 * {@link CsvCategories} gives the names their numbers.
 */
final class CategoryCells {
  /** Of a column that nobody calls one of categories. */
  private static final int MOST_UNASKED = 100;

  private static final int MOST = 1 << 16;

  private final Path file;
  private final CsvCells cells;
  private final boolean automatic;
  private final Map<Integer, Map<String, Integer>> found = new TreeMap<>();
  private final Set<Integer> declared;
  private final boolean[] hasNumbers;

  /**
   * @param declared features that hold categories whatever they look like
   * @param automatic whether columns of texts do
   */
  CategoryCells(Path file, CsvCells cells, int features, Set<Integer> declared, boolean automatic) {
    this.file = file;
    this.cells = cells;
    this.declared = declared;
    this.automatic = automatic;
    this.hasNumbers = new boolean[features];
    declared.forEach(feature -> found.put(feature, new HashMap<>()));
  }

  /** The number of a cell that stands for a category; empty where the cell is to be a number. */
  OptionalInt number(int feature, String cell, long line, String column) {
    Map<String, Integer> known = found.get(feature);
    if (known == null) {
      boolean number = cells.number(cell).isPresent();
      if (number || hasNumbers[feature] || !automatic || !cells.isPlainText(cell)) {
        hasNumbers[feature] |= number;
        return OptionalInt.empty();
      }
      known = new HashMap<>();
      found.put(feature, known);
    }
    boolean asked = declared.contains(feature);
    if (!asked && cells.number(cell).isPresent()) {
      throw new DataException(
          "%s line %d: column '%s' is the number '%s', and texts before; category=%s takes all of it for categories, ignore=%s leaves it out"
              .formatted(file, line, column, cell, column, column));
    }
    int number = known.computeIfAbsent(cell, text -> -1);
    if (number < 0) {
      number = known.size() - 1;
      known.put(cell, number);
    }
    requireFew(known.size(), asked, line, column);
    return OptionalInt.of(number);
  }

  private void requireFew(int count, boolean asked, long line, String column) {
    if (!asked && count > MOST_UNASKED) {
      throw new DataException(
          "%s line %d: column '%s' has more than %d different texts; category=%s takes them for categories all the same, ignore=%s leaves the column out, text=%s reads texts"
              .formatted(file, line, column, MOST_UNASKED, column, column, column));
    }
    if (count > MOST) {
      throw new DataException(
          "%s line %d: column '%s' has more than %d categories; ignore=%s leaves it out"
              .formatted(file, line, column, MOST, column));
    }
  }

  /** What else can be made of a column with texts. */
  String wayOut(String column) {
    return automatic ? ", category=%s takes all of it for categories".formatted(column) : "";
  }

  /** The texts of each column of categories, by the number they got. */
  Map<Integer, List<String>> found() {
    Map<Integer, List<String>> texts = new TreeMap<>();
    found.forEach((feature, numbers) -> {
      String[] byNumber = new String[numbers.size()];
      numbers.forEach((text, number) -> byNumber[number] = text);
      texts.put(feature, new ArrayList<>(List.of(byNumber)));
    });
    return texts;
  }
}
