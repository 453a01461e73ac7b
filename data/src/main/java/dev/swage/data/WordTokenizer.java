package dev.swage.data;

import dev.swage.data.token.Tokenizer;
import dev.swage.data.token.Tokens;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Words as tokens: lower-case runs of letters, digits and apostrophes, and each other character
 * that is no space. Number 0 is padding, 1 a word that is not known; the others follow by how often
 * the training texts have them. A text without words is one word that is not known.
 */
final class WordTokenizer implements Tokenizer {
  static final String PADDING = "<pad>";
  private static final int UNKNOWN = 1;

  private final List<String> words;
  private final Map<String, Integer> numbers = new HashMap<>();
  private final int length;

  /**
   * @param words by number, padding and the unknown word first
   */
  WordTokenizer(List<String> words, int length) {
    this.words = List.copyOf(words);
    this.length = length;
    for (int i = UNKNOWN + 1; i < words.size(); i++) {
      numbers.put(words.get(i), i);
    }
  }

  /** The {@code most} most frequent words, equals in alphabetical order. */
  static List<String> vocabulary(TextRows texts, int[] rows, int most) {
    Map<String, Integer> counts = new TreeMap<>();
    for (int row : rows) {
      TextPair text = texts.at(row);
      cut(text.first()).forEach(word -> counts.merge(word, 1, Integer::sum));
      text.second()
          .ifPresent(second -> cut(second).forEach(word -> counts.merge(word, 1, Integer::sum)));
    }
    List<String> words = new ArrayList<>(List.of(PADDING, TextUnit.UNKNOWN));
    counts.entrySet().stream()
        .sorted(
            Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(most)
        .forEach(entry -> words.add(entry.getKey()));
    return words;
  }

  private static List<String> cut(String text) {
    List<String> words = TextUnit.WORD.cut(text.toLowerCase(Locale.ROOT));
    words.removeIf("\n"::equals);
    return words;
  }

  @Override
  public Tokens encode(String first, Optional<String> second) {
    List<String> one = cut(first);
    List<String> other = second.map(WordTokenizer::cut).orElse(List.of());
    int ofOther = Math.min(other.size(), Math.max(length / 2, length - one.size()));
    int ofOne = Math.min(one.size(), length - ofOther);
    int count = Math.max(1, ofOne + ofOther);
    long[] ids = new long[count];
    long[] types = new long[count];
    ids[0] = UNKNOWN;
    for (int i = 0; i < ofOne; i++) {
      ids[i] = numbers.getOrDefault(one.get(i), UNKNOWN);
    }
    for (int i = 0; i < ofOther; i++) {
      ids[ofOne + i] = numbers.getOrDefault(other.get(i), UNKNOWN);
      types[ofOne + i] = 1;
    }
    return new Tokens(ids, types);
  }

  @Override
  public int vocabularySize() {
    return words.size();
  }

  @Override
  public long padding() {
    return 0;
  }

  @Override
  public int length() {
    return length;
  }
}
