package dev.swage.data;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Columns of a table that hold names rather than numbers. A model takes the number of a name, and
 * the count of the names for what is none of them. One-hot, it makes of a column as many numbers as
 * there are names: 1 in the place of the name, else 0.
 *
 * @param oneHot whether the model does so; otherwise the number is an input like others
 * @param names by column, in the order of their numbers
 */
public record Categories(boolean oneHot, Map<String, List<String>> names) {
  /**
   * @throws IllegalArgumentException for a column without names
   */
  public Categories {
    Map<String, List<String>> copy = new LinkedHashMap<>();
    names.forEach((column, list) -> copy.put(column, List.copyOf(list)));
    if (copy.isEmpty() || copy.values().stream().anyMatch(List::isEmpty)) {
      throw new IllegalArgumentException("categories without names: " + names);
    }
    names = Collections.unmodifiableMap(copy);
  }

  /** Names of a column; empty for one of numbers. */
  public List<String> of(String column) {
    return names.getOrDefault(column, List.of());
  }

  /** How many numbers these columns become in the model. */
  public int width(List<String> columns) {
    return columns.stream().mapToInt(c -> oneHot ? Math.max(1, of(c).size()) : 1).sum();
  }
}
