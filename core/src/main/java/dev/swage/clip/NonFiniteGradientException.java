package dev.swage.clip;

/** Gradients had NaN or infinite elements and the policy says to stop. */
public final class NonFiniteGradientException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final long step;
  private final String parameter;
  private final long nonFinite;

  NonFiniteGradientException(String message, long step, String parameter, long nonFinite) {
    super(message);
    this.step = step;
    this.parameter = parameter;
    this.nonFinite = nonFinite;
  }

  /** The optimizer step, from 0. */
  public long step() {
    return step;
  }

  /** The first parameter with such an element. */
  public String parameter() {
    return parameter;
  }

  /** Number of NaN and infinite elements in all gradients together. */
  public long nonFinite() {
    return nonFinite;
  }
}
