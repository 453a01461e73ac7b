package dev.swage.data;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Mean and standard deviation of a column over some rows; missing values count as the mean. Of
 * categories the most frequent one, and 1.
 *
 * @param deviation 1 for a column that is constant, or varies by less than float32 can tell
 */
record ColumnFit(double mean, double deviation) {
  /** Half a step of float32, of a number of magnitude 1. */
  private static final double RESOLUTION = 0x1p-24;

  static List<ColumnFit> of(CsvTable table, int[] rows) {
    return IntStream.range(0, table.columns().size())
        .mapToObj(column -> of(table, column, rows))
        .toList();
  }

  /** The category that stands for a missing one; the first of equals. */
  private static int mostFrequent(CsvTable table, int column, int[] rows) {
    Map<Integer, Integer> counts = new TreeMap<>();
    for (int row : rows) {
      float value = table.rows().get(row)[column];
      if (!Float.isNaN(value)) {
        counts.merge((int) value, 1, Integer::sum);
      }
    }
    int best = 0;
    int most = 0;
    for (Map.Entry<Integer, Integer> each : counts.entrySet()) {
      if (each.getValue() > most) {
        best = each.getKey();
        most = each.getValue();
      }
    }
    return best;
  }

  private static ColumnFit of(CsvTable table, int column, int[] rows) {
    double sum = 0;
    int present = 0;
    for (int row : rows) {
      float value = table.rows().get(row)[column];
      if (!Float.isNaN(value)) {
        sum += value;
        present++;
      }
    }
    if (present == 0) {
      throw new DataException(
          "%s: column '%s' has no value in the %d training rows to take a mean of"
              .formatted(table.file(), table.columns().get(column), rows.length));
    }
    if (table.found().containsKey(column)) {
      return new ColumnFit(mostFrequent(table, column, rows), 1);
    }
    double mean = sum / present;
    double squares = 0;
    for (int row : rows) {
      float value = table.rows().get(row)[column];
      squares += Float.isNaN(value) ? 0 : (value - mean) * (value - mean);
    }
    double deviation = Math.sqrt(squares / rows.length);
    boolean constant = deviation <= Math.max(Float.MIN_NORMAL, RESOLUTION * Math.abs(mean));
    return new ColumnFit(mean, constant ? 1 : deviation);
  }
}
