package dev.swage.compress.plan;

import java.util.Locale;

/** How the elements of a weight are rounded to codes, once its scales are known. */
public enum Rounding {
  /** Each element to its nearest code, half to even. */
  NEAREST,
  /**
   * To the nearest code, and then some elements to the other neighbour, until the errors of the
   * elements that share a scale add up to nearly nothing: for inputs of one sign.
   */
  BALANCED,
  /**
   * In memory order, with the error of each element carried over to the next within a filter: for
   * filters over one channel of a smooth signal.
   */
  DIFFUSED;

  /** The word in reports. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
