package dev.swage.data;

import java.util.List;

/**
 * How the texts that a model was trained on became numbers.
 *
 * @param columns the column or field with the text, and that with the second text of pairs; empty
 *     where a file has nothing but texts
 * @param tokenizer SHA-256 of the {@code tokenizer.json}; empty where the words are the tokens
 * @param words by number; empty with a {@code tokenizer.json}
 * @param length texts are cut to so many tokens
 */
public record TextEncoding(List<String> columns, String tokenizer, List<String> words, int length) {
  /**
   * @throws IllegalArgumentException without a tokenizer and words, or with both
   */
  public TextEncoding {
    columns = List.copyOf(columns);
    words = List.copyOf(words);
    if (tokenizer.isEmpty() == words.isEmpty()) {
      throw new IllegalArgumentException("expected a tokenizer or words, and not both");
    }
    if (length < 1) {
      throw new IllegalArgumentException("length must be at least 1, got " + length);
    }
  }

  /** Whether words are the tokens. */
  public boolean isOfWords() {
    return tokenizer.isEmpty();
  }

  /** Whether equal texts become equal numbers, but for where they are cut. */
  boolean cutsAs(TextEncoding other) {
    return tokenizer.equals(other.tokenizer) && words.equals(other.words);
  }
}
