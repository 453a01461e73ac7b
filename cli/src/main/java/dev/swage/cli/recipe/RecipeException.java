package dev.swage.cli.recipe;

/** A recipe that cannot be used: names the file, the line, the key, what was expected. */
public final class RecipeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RecipeException(String message) {
    super(message);
  }

  RecipeException(String message, Throwable cause) {
    super(message, cause);
  }
}
