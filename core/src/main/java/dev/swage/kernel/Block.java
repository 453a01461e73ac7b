package dev.swage.kernel;

import java.util.Locale;

/**
 * A contiguous block of a float32 tensor, {@code rows × length} elements from element {@code at},
 * and how its elements share scales: a whole row shares one, or a whole column does.
 *
 * @param at first element, counted in elements from the start of the segment
 * @param rows number of rows
 * @param length elements in a row
 * @param slot index of the first row's (or column's) entry in arrays of scales, extremes, errors;
 *     the others follow it
 * @param sharing whether rows or columns have an entry of their own
 */
public record Block(long at, long rows, long length, int slot, Sharing sharing) {
  /** What one scale belongs to. */
  public enum Sharing {
    /** Row r uses entry {@code slot + r}. */
    ROW,
    /** Column j uses entry {@code slot + j}, in every row. */
    COLUMN
  }

  public Block {
    if (at < 0 || rows < 0 || length < 0 || slot < 0) {
      throw new IllegalArgumentException(
          "block needs non-negative numbers, got at %d, rows %d, length %d, slot %d"
              .formatted(at, rows, length, slot));
    }
    Math.multiplyExact(rows, length);
  }

  /** {@code rows} rows of {@code length} elements with an entry for each row. */
  public static Block ofRows(long at, long rows, long length, int slot) {
    return new Block(at, rows, length, slot, Sharing.ROW);
  }

  /** {@code rows} rows of {@code length} elements with an entry for each column. */
  public static Block ofColumns(long at, long rows, long length, int slot) {
    return new Block(at, rows, length, slot, Sharing.COLUMN);
  }

  /** The block of as many rows after this one, with the entries after its own. */
  Block next() {
    return new Block(at + elements(), rows, length, (int) slotEnd(), sharing);
  }

  /** Number of elements. */
  public long elements() {
    return rows * length;
  }

  /** One past the last entry used. */
  public long slotEnd() {
    return slot + (sharing == Sharing.ROW ? rows : length);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d x %d floats from element %d, entries %d…%d",
        rows,
        length,
        at,
        slot,
        slotEnd() - 1);
  }
}
