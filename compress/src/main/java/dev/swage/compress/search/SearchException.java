package dev.swage.compress.search;

/** A search that cannot be begun or resumed: one line that says why and the way out. */
public final class SearchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SearchException(String message) {
    super(message);
  }

  public SearchException(String message, Throwable cause) {
    super(message, cause);
  }
}
