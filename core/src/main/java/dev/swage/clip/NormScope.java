package dev.swage.clip;

/** Which gradients share one norm, and so one coefficient. */
public enum NormScope {
  /** Every parameter by itself. */
  TENSOR,
  /** The parameters of one layer. */
  LAYER,
  /** All parameters: the only scope that keeps the direction of the whole gradient. */
  GLOBAL
}
