package dev.swage.clip;

import dev.swage.tensor.Shape;
import java.util.Locale;

/**
 * Which elements of a parameter feed which unit of its layer's output: element e (row-major)
 * belongs to unit {@code ⌊e / inner⌋ mod units}.
 *
 * @param units how many there are, at least 1
 * @param inner elements in a row that belong to the same unit, at least 1
 */
public record UnitLayout(long units, long inner) {
  public UnitLayout {
    if (units < 1 || inner < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a unit layout needs at least 1 unit and 1 element, got %d and %d",
              units,
              inner));
    }
  }

  /** The whole tensor is one unit: biases, gains. */
  public static UnitLayout whole(Shape shape) {
    return new UnitLayout(1, Math.max(1, shape.elements()));
  }

  /** Index i of an axis is unit i: {@code [O, I]} with axis 0 has O units of I elements. */
  public static UnitLayout axis(Shape shape, int axis) {
    return shape.elements() == 0
        ? whole(shape)
        : new UnitLayout(shape.dim(axis), shape.inner(axis));
  }

  /**
   * Every index of all axes but the last is a unit: recurrent weights {@code [directions, gates ·
   * hidden, in]}.
   */
  public static UnitLayout rows(Shape shape) {
    return shape.rank() == 0 || shape.elements() == 0
        ? whole(shape)
        : new UnitLayout(shape.outer(-1), shape.dim(-1));
  }
}
