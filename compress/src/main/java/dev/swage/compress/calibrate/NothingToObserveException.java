package dev.swage.compress.calibrate;

/** A model whose main graph computes no float32 value, as one whose nodes are all in branches. */
public final class NothingToObserveException extends CalibrationException {
  private static final long serialVersionUID = 1L;

  public NothingToObserveException(String message) {
    super(message);
  }
}
