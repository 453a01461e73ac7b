package dev.swage.text;

import java.util.Locale;

/**
 * Texts of strangers, as names in a model, made safe to show. Control characters could command a
 * terminal, line breaks forge lines, marks of direction turn a line around: they are written as
 * {@code \x1b}, {@code \n} and {@code \u202e}. A long text is shortened in the middle.
 */
public final class SafeText {
  /** Longest cell of a table, in characters: names, and reasons in words. */
  public static final int CELL = 500;

  /** Longest line, in characters. */
  public static final int LINE = 4000;

  private static final int SHORTENED = 64;
  private static final int LAST_BYTE = 0xff;

  private SafeText() {}

  /** A cell of a table, of at most {@link #CELL} characters before what is written otherwise. */
  public static String cell(String text) {
    return escape(shorten(text, CELL), false);
  }

  /** One line, of at most {@link #LINE} characters before what is written otherwise. */
  public static String line(String text) {
    return escape(shorten(text, LINE), false);
  }

  /** A text of any length whose line breaks and tabs stay. */
  public static String block(String text) {
    return escape(text, true);
  }

  /** The beginning and the end of a text, with the number of characters between. */
  static String shorten(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    int begin = (most - SHORTENED) * 2 / 3;
    int end = text.length() - (most - SHORTENED - begin);
    begin -= Character.isHighSurrogate(text.charAt(begin - 1)) ? 1 : 0;
    end += Character.isLowSurrogate(text.charAt(end)) ? 1 : 0;
    return text.substring(0, begin)
        + String.format(Locale.ROOT, "… (%,d characters) …", end - begin)
        + text.substring(end);
  }

  private static String escape(String text, boolean keepsLines) {
    int safe = 0;
    while (safe < text.length() && isSafe(text.codePointAt(safe), keepsLines)) {
      safe += Character.charCount(text.codePointAt(safe));
    }
    if (safe == text.length()) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length() + SHORTENED);
    escaped.append(text, 0, safe);
    for (int i = safe; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      if (isSafe(c, keepsLines)) {
        escaped.appendCodePoint(c);
      } else {
        escaped.append(written(c));
      }
    }
    return escaped.toString();
  }

  private static boolean isSafe(int c, boolean keepsLines) {
    if (c >= ' ' && c < 0x7f) {
      return true;
    }
    if (c == '\n' || c == '\t') {
      return keepsLines;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          isJoiner(c);
      default -> true;
    };
  }

  /** What emoji and some scripts are put together with. */
  private static boolean isJoiner(int c) {
    return c == 0x200c || c == 0x200d;
  }

  private static String written(int c) {
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> String.format(Locale.ROOT, c <= LAST_BYTE ? "\\x%02x" : "\\u%04x", c);
    };
  }
}
