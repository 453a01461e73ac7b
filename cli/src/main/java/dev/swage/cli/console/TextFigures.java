package dev.swage.cli.console;

import dev.swage.data.TextUnit;
import dev.swage.train.Score;
import java.util.Locale;

/** What is said of text models beside their loss. */
public final class TextFigures {
  private TextFigures() {}

  /** The end of a JSON field's name. */
  public static String bitsField(TextUnit unit) {
    return switch (unit) {
      case CHAR -> "BitsPerCharacter";
      case WORD -> "BitsPerWord";
    };
  }

  /** Bits per character, or a word model's perplexity. */
  public static String describe(TextUnit unit, Score score) {
    return switch (unit) {
      case CHAR -> String.format(Locale.ROOT, "%.3f bits per character", score.bits());
      case WORD -> String.format(Locale.ROOT, "perplexity %.1f", score.perplexity());
    };
  }
}
