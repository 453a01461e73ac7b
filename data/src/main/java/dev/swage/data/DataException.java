package dev.swage.data;

/**
 * Data that cannot be found, read or used: one line that names file, line, column, got, expected.
 */
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
