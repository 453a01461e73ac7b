package dev.swage.run;

/**
 * A model that ONNX Runtime cannot load or run, or inputs that do not fit it: one line that names
 * the model, what was found and what it wants.
 */
public final class RunException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RunException(String message) {
    super(message);
  }

  public RunException(String message, Throwable cause) {
    super(message, cause);
  }
}
