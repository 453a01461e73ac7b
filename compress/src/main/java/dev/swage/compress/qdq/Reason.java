package dev.swage.compress.qdq;

/** One of a closed set of reasons. */
public interface Reason {
  /** The reason in words. */
  String text();

  /**
   * The reason in words, with what they do not say.
   *
   * @param detail may be empty
   */
  default String text(String detail) {
    return detail.isEmpty() ? text() : "%s (%s)".formatted(text(), detail);
  }
}
