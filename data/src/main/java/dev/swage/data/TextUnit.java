package dev.swage.data;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a text is cut into. */
public enum TextUnit {
  /** Each Unicode code point. */
  CHAR,
  /**
   * Each run of letters, digits and apostrophes, each other character that is no space, and each
   * end of a line.
   */
  WORD;

  /** What stands for words the training part does not have. */
  public static final String UNKNOWN = "<unk>";

  private static final Pattern WORDS = Pattern.compile("[\\p{L}\\p{N}']+|\\n|[^\\s]");

  List<String> cut(String text) {
    if (this == CHAR) {
      return text.codePoints().mapToObj(Character::toString).toList();
    }
    List<String> words = new ArrayList<>();
    Matcher matcher = WORDS.matcher(text);
    while (matcher.find()) {
      words.add(matcher.group());
    }
    return words;
  }
}
