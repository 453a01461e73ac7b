package dev.swage.data.token;

import java.util.Optional;

/** Cuts texts into numbered tokens; safe for many threads. */
public interface Tokenizer {
  /**
   * The tokens of a text, or of a pair, cut to the tokenizer's length.
   *
   * @throws TokenizerException if the text cannot be cut
   */
  Tokens encode(String first, Optional<String> second);

  /** One more than the largest number a token can have. */
  int vocabularySize();

  /** The number that fills up shorter texts. */
  long padding();

  /** How many tokens a text may have. */
  int length();
}
