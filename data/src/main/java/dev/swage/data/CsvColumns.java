package dev.swage.data;

import java.nio.file.Path;
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
 * @param names of all columns; their numbers from 0 where the file has no header
 */
record CsvColumns(
    boolean hasHeader, List<String> names, List<Integer> features, OptionalInt label) {

  /**
   * Without {@code header=true|false} the first line is a header when none of its cells is a number
   * or missing. The label is the last column unless {@code label=} gives a name, a number from 0,
   * or {@code none}.
   */
  static CsvColumns of(Path file, CSVRecord first, Options options) {
    boolean looksLikeHeader =
        first.stream().noneMatch(c -> CsvTable.isMissing(c) || Numbers.parse(c).isPresent());
    boolean hasHeader = options.flag("header", looksLikeHeader);
    List<String> names =
        hasHeader
            ? first.toList()
            : IntStream.range(0, first.size()).mapToObj(Integer::toString).toList();
    OptionalInt label = label(file, names, options.text("label"));
    Set<Integer> unused = new HashSet<>();
    label.ifPresent(unused::add);
    options
        .text("ignore")
        .map(list -> List.of(list.split(",", -1)))
        .orElse(List.of())
        .forEach(column -> unused.add(index(file, names, "ignore", column)));
    List<Integer> features =
        IntStream.range(0, names.size()).boxed().filter(c -> !unused.contains(c)).toList();
    if (features.isEmpty()) {
      throw new DataException(
          "%s has columns %s, of which none is left as a feature".formatted(file, names));
    }
    return new CsvColumns(hasHeader, names, features, label);
  }

  private static OptionalInt label(Path file, List<String> names, Optional<String> wanted) {
    if (wanted.isEmpty()) {
      return OptionalInt.of(names.size() - 1);
    }
    return wanted.get().equals("none") && !names.contains("none")
        ? OptionalInt.empty()
        : OptionalInt.of(index(file, names, "label", wanted.get()));
  }

  private static int index(Path file, List<String> names, String key, String column) {
    int byName = names.indexOf(column);
    if (byName >= 0) {
      return byName;
    }
    try {
      int index = Integer.parseInt(column);
      if (index >= 0 && index < names.size()) {
        return index;
      }
    } catch (NumberFormatException _) {
      // Neither a name nor a number: the same answer as a number that is too large.
    }
    throw new DataException(
        "%s has no column '%s' for key '%s'; %s"
            .formatted(file, column, key, Suggestion.forWord(column, names)));
  }

  /** Number of columns every row must have. */
  int count() {
    return names.size();
  }

  String name(int column) {
    return names.get(column);
  }

  List<String> featureNames() {
    return features.stream().map(names::get).toList();
  }
}
