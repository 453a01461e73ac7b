package dev.swage.compress.speed;

/** Is told how far measuring has come. */
@FunctionalInterface
public interface MeasureListener {
  /** Does nothing. */
  MeasureListener NONE = (what, step, steps) -> {};

  /**
   * A step begins.
   *
   * @param what is measured in it
   * @param step from 1
   * @param steps how many there are at most
   */
  void measuring(String what, int step, int steps);
}
