package dev.swage.train.quantize;

/**
 * What quantizers do at one step.
 *
 * @param codes whether values become codes; if not, they pass as floats
 * @param moving whether scales and zero points move: by gradients, or after what is observed
 * @param share of a batch in the observed range of an activation
 */
public record QuantizerPhase(boolean codes, boolean moving, float share) {
  /** Of a batch's range in the moving average. */
  private static final float SHARE = 0.01f;

  /** Values become codes, and scales move. */
  public static final QuantizerPhase CODES = new QuantizerPhase(true, true, SHARE);

  /** Values become codes, and scales stay as they are. */
  public static final QuantizerPhase FROZEN = new QuantizerPhase(true, false, SHARE);

  /**
   * Values pass as floats; ranges are observed. The first hundred batches count alike, so that
   * nothing is left of the ranges before the first one.
   */
  static QuantizerPhase floats(long step) {
    return new QuantizerPhase(false, true, Math.max(SHARE, 1f / (step + 1)));
  }
}
