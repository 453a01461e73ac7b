package dev.swage.run;

import dev.swage.run.limit.RunLimits;

/**
 * A model that ONNX Runtime cannot load or run, or inputs that do not fit it: one line that names
 * the model, what was found and what it wants.
 */
public final class RunException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean limited;

  public RunException(String message) {
    super(message);
    this.limited = false;
  }

  public RunException(String message, Throwable cause) {
    super(message, cause);
    this.limited = false;
  }

  private RunException(String message, boolean limited) {
    super(message);
    this.limited = limited;
  }

  /** Of a model that may be sound, and takes more than {@link RunLimits}. */
  public static RunException limited(String message) {
    return new RunException(message, true);
  }

  /** Whether the model takes more than {@link RunLimits}. */
  public boolean isLimited() {
    return limited;
  }
}
