package dev.swage.clip;

import java.util.Locale;

/** Which gradients share one norm, and so one coefficient. */
public enum NormScope {
  /** Every parameter by itself. */
  TENSOR,
  /** The parameters of one layer. */
  LAYER,
  /**
   * The parameters of one {@link ParameterRole}: all weights, all biases, and so on. Groups of your
   * own choice are made by {@code Clip.groups(...)}.
   */
  GROUP,
  /** All parameters: the only scope that keeps the direction of the whole gradient. */
  GLOBAL;

  /** In lower case, as records and recipes have it. */
  public String symbol() {
    return name().toLowerCase(Locale.ROOT);
  }
}
