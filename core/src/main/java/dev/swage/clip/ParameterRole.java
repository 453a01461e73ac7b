package dev.swage.clip;

import java.util.Locale;

/** What a parameter does in its layer. */
public enum ParameterRole {
  /** Multiplies the layer's input: dense, convolution and input-to-hidden weights. */
  WEIGHT,
  /** Is added. */
  BIAS,
  /** Gain or bias of a normalisation. */
  NORM,
  /** A table of which a step reads some rows. */
  EMBEDDING,
  /** Multiplies the state of a recurrent layer, once for each time step. */
  RECURRENT,
  /** Scale or bound of a quantizer. */
  QUANTIZER;

  /** In lower case, as recipes have it. */
  public String symbol() {
    return name().toLowerCase(Locale.ROOT);
  }
}
