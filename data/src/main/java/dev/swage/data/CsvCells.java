package dev.swage.data;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the cells of a table stand for.
 *
 * @param missing what stands for a value that is not there, beside an empty cell; key {@code na}
 * @param decimal point or comma; key {@code decimal}
 */
record CsvCells(Set<String> missing, char decimal) {
  /** What other programs write where there is no value. */
  private static final List<String> USUAL =
      List.of("?", "na", "n/a", "nan", "null", "none", "nil", "-", ".", "#n/a", "missing");

  CsvCells {
    missing = Set.copyOf(missing);
  }

  static CsvCells of(Options options) {
    Set<String> missing = new HashSet<>();
    for (String marker : options.text("na").orElse("?").split(",", -1)) {
      missing.add(marker.strip());
    }
    char decimal =
        switch (options.text("decimal").orElse("point")) {
          case "point", "." -> '.';
          case "comma", "," -> ',';
          default -> throw options.wrong("decimal", "point or comma");
        };
    return new CsvCells(missing, decimal);
  }

  boolean hasComma() {
    return decimal == ',';
  }

  boolean isMissing(String cell) {
    return cell.isEmpty() || missing.contains(cell);
  }

  /** The number as Java writes it; the same text where it is none. */
  String plain(String cell) {
    if (!hasComma()) {
      return cell;
    }
    return cell.indexOf('.') >= 0 ? "" : cell.replace(',', '.');
  }

  Optional<Float> number(String cell) {
    return Numbers.parse(plain(cell));
  }

  /** Whether a cell is a text that nobody means as a number or as a missing value. */
  boolean isPlainText(String cell) {
    return number(cell).isEmpty() && hint(cell, "").isEmpty();
  }

  /** How a column with this cell, which is no number, can be read all the same. */
  String wayOut(String cell, String column) {
    return hint(cell, column).orElse("ignore=%s leaves it out".formatted(column));
  }

  private Optional<String> hint(String cell, String column) {
    if (USUAL.contains(cell.toLowerCase(Locale.ROOT))) {
      Set<String> all = new TreeSet<>(missing);
      all.add(cell);
      return Optional.of(
          "na=%s with missing=drop or missing=mean takes it for a missing value, ignore=%s leaves the column out"
              .formatted(String.join(",", all), column));
    }
    if (!hasComma() && new CsvCells(missing, ',').number(cell).isPresent()) {
      return Optional.of("decimal=comma reads it as a number");
    }
    if (hasComma() && Numbers.parse(cell).isPresent()) {
      return Optional.of("the key decimal=comma expects a comma");
    }
    for (String separator : List.of(";semicolon", "\ttab")) {
      if (cell.indexOf(separator.charAt(0)) >= 0) {
        return Optional.of("separator=%s cuts it".formatted(separator.substring(1)));
      }
    }
    return Optional.empty();
  }
}
