package dev.swage.compress;

/** Whether a quantized file took its place, and if not, why. */
public enum Outcome {
  WRITTEN("written"),
  /** It was to be faster than the source here, and is not. */
  NOT_FASTER("it is no faster than the model here"),
  /** A bound of accuracy is missed. */
  BOUND_MISSED("a bound is missed"),
  /** What it gives on the data is damaged: {@link dev.swage.compress.proof.Damage}. */
  DAMAGED("its outputs are damaged"),
  /** Every node was kept in floating point. */
  NOTHING_QUANTIZED("under these bounds nothing is quantized"),
  /** The search for nodes to keep in floating point was stopped before the bounds held. */
  STOPPED("the search was stopped before the bounds held");

  private final String text;

  Outcome(String text) {
    this.text = text;
  }

  /** In words. */
  public String text() {
    return text;
  }
}
