package dev.swage.compress.search;

import java.util.Comparator;

/**
 * What the outputs lose by one quantized node.
 *
 * @param way it goes, in words
 * @param sqnrDb least SQNR of an output with only this node quantized
 */
public record NodeSensitivity(String node, String way, double sqnrDb) {
  /** Most sensitive first. */
  static final Comparator<NodeSensitivity> WORST_FIRST =
      Comparator.comparingDouble(NodeSensitivity::decibels);

  private double decibels() {
    return Double.isNaN(sqnrDb) ? Double.NEGATIVE_INFINITY : sqnrDb;
  }

  /** Noise relative to the signal; +∞ where the outputs are not numbers. */
  double noise() {
    return noise(sqnrDb);
  }

  /** Noise relative to the signal at so many decibels. */
  static double noise(double decibels) {
    return Double.isNaN(decibels) ? Double.POSITIVE_INFINITY : Math.pow(10, -decibels / 10);
  }
}
