package dev.swage.clip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Every parameter's gradient norm over a run, in memory that does not grow with it: neighbouring
 * steps share a column that keeps the largest finite norm, and when the columns are full, pairs of
 * them are merged. Not thread-safe.
 */
public final class NormMap {
  /** Columns at the most; at least half as many once there were so many steps. */
  public static final int COLUMNS = 128;

  private final List<String> parameters;
  private final double[][] largest;
  private long stepsPerColumn = 1;
  private long steps;

  /** An empty map for these parameters, in the order of their gradients. */
  public NormMap(List<String> parameters) {
    this.parameters = List.copyOf(parameters);
    this.largest = new double[parameters.size()][COLUMNS];
  }

  /**
   * Adds the next step.
   *
   * @param norms a norm for each parameter; NaN and infinities do not count
   */
  public void add(double... norms) {
    if (norms.length != largest.length) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%d norms for %d parameters", norms.length, largest.length));
    }
    if (steps == stepsPerColumn * COLUMNS) {
      merge();
    }
    int column = (int) (steps / stepsPerColumn);
    for (int p = 0; p < norms.length; p++) {
      if (Double.isFinite(norms[p])) {
        largest[p][column] = Math.max(largest[p][column], norms[p]);
      }
    }
    steps++;
  }

  private void merge() {
    for (double[] row : largest) {
      for (int c = 0; c < COLUMNS / 2; c++) {
        row[c] = Math.max(row[2 * c], row[2 * c + 1]);
      }
      Arrays.fill(row, COLUMNS / 2, COLUMNS, 0);
    }
    stepsPerColumn *= 2;
  }

  public long steps() {
    return steps;
  }

  /** How many steps a column covers; the last one may cover fewer. */
  public long stepsPerColumn() {
    return stepsPerColumn;
  }

  /** The largest norm in each column, by parameter, in order. */
  public Map<String, List<Double>> rows() {
    int columns = (int) Math.ceilDiv(steps, stepsPerColumn);
    Map<String, List<Double>> rows = new LinkedHashMap<>();
    for (int p = 0; p < largest.length; p++) {
      List<Double> row = new ArrayList<>(columns);
      for (int c = 0; c < columns; c++) {
        row.add(largest[p][c]);
      }
      rows.put(parameters.get(p), List.copyOf(row));
    }
    return Collections.unmodifiableMap(rows);
  }

  /** All of it as numbers, for checkpoints. */
  public double[] state() {
    double[] state = new double[2 + largest.length * COLUMNS];
    state[0] = steps;
    state[1] = stepsPerColumn;
    for (int p = 0; p < largest.length; p++) {
      System.arraycopy(largest[p], 0, state, 2 + p * COLUMNS, COLUMNS);
    }
    return state;
  }

  /**
   * Becomes the map whose {@link #state} this is.
   *
   * @throws IllegalArgumentException if it is that of another number of parameters
   */
  public void restore(double... state) {
    if (state.length != 2 + largest.length * COLUMNS) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "norm map: %d parameters need %d numbers, got %d",
              largest.length,
              2 + largest.length * COLUMNS,
              state.length));
    }
    steps = (long) state[0];
    stepsPerColumn = (long) state[1];
    for (int p = 0; p < largest.length; p++) {
      System.arraycopy(state, 2 + p * COLUMNS, largest[p], 0, COLUMNS);
    }
  }
}
