package dev.swage.onnx;

/** A model that cannot be read, is malformed, or cannot be written: one line a user can act on. */
public final class OnnxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public OnnxException(String message) {
    super(message);
  }

  public OnnxException(String message, Throwable cause) {
    super(message, cause);
  }
}
