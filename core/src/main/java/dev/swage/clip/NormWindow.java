package dev.swage.clip;

import java.util.Arrays;

/**
 * The last norms, at most a fixed number of them, both in the order they came and sorted: adding
 * one moves at most that many doubles.
 */
final class NormWindow {
  private final double[] ring;
  private final double[] sorted;
  private int size;
  private int oldest;

  NormWindow(int capacity) {
    ring = new double[capacity];
    sorted = new double[capacity];
  }

  void add(double norm) {
    if (size == ring.length) {
      remove(ring[oldest]);
      ring[oldest] = norm;
      oldest = (oldest + 1) % ring.length;
    } else {
      ring[(oldest + size) % ring.length] = norm;
    }
    insert(norm);
  }

  private void insert(double norm) {
    int found = Arrays.binarySearch(sorted, 0, size, norm);
    int at = found < 0 ? -found - 1 : found;
    System.arraycopy(sorted, at, sorted, at + 1, size - at);
    sorted[at] = norm;
    size++;
  }

  private void remove(double norm) {
    int at = Arrays.binarySearch(sorted, 0, size, norm);
    System.arraycopy(sorted, at + 1, sorted, at, size - at - 1);
    size--;
  }

  /** The value below which a share q in [0, 1] lies, linear between ranks as NumPy's; of some. */
  double quantile(double q) {
    double at = q * (size - 1);
    int below = (int) at;
    int above = Math.min(below + 1, size - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
  }

  /** The norms, oldest first. */
  double[] inOrder() {
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      values[i] = ring[(oldest + i) % ring.length];
    }
    return values;
  }

  void restore(double[] values) {
    clear();
    for (double value : values) {
      add(value);
    }
  }

  void clear() {
    size = 0;
    oldest = 0;
  }
}
