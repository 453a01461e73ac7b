package dev.swage.compress.speed;

/**
 * What a node takes on either side.
 *
 * @param node its planned name
 * @param operator as {@code Conv}
 * @param floatsMillis with the clipping behind it, and with the changes of layout it needs there
 * @param codesMillis likewise, as codes
 * @param quantized whether it was chosen to read and write codes
 */
public record NodeTiming(
    String node, String operator, double floatsMillis, double codesMillis, boolean quantized) {
  /** Time as floats over time as codes: above 1, codes are faster. */
  public double ratio() {
    return floatsMillis / codesMillis;
  }
}
