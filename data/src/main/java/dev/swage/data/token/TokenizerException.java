package dev.swage.data.token;

/** A tokenizer file that cannot be used, or a text that it cannot cut; one line. */
public final class TokenizerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  TokenizerException(String message) {
    super(message);
  }

  TokenizerException(String message, Throwable cause) {
    super(message, cause);
  }
}
