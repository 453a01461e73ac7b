package dev.swage.data;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** What to say about a word nobody knows: the known word nearest to it, and all that there are. */
public final class Suggestion {
  private Suggestion() {}

  /**
   * The end of an error message about an unknown word: {@code did you mean 'label'? Known: header,
   * label}, or only the second sentence when nothing is near.
   */
  public static String forWord(String word, Collection<String> known) {
    String all = "Known: " + String.join(", ", known);
    return nearest(word, known).map(near -> "did you mean '" + near + "'? " + all).orElse(all);
  }

  /**
   * The known word with the fewest edits to {@code word}, ignoring case; the first of equals. Empty
   * when more than half of the longer word would have to change.
   */
  public static Optional<String> nearest(String word, Collection<String> known) {
    return known.stream()
        .filter(candidate -> 2 * distance(word, candidate) <= longer(word, candidate))
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
  }

  private static int longer(String a, String b) {
    return Math.max(a.length(), b.length());
  }

  /**
   * Optimal string alignment distance, ignoring case: insertions, deletions, replacements and swaps
   * of neighbours, each character edited at most once. O(|a|·|b|) time.
   */
  static int distance(String first, String second) {
    String a = first.toLowerCase(Locale.ROOT);
    String b = second.toLowerCase(Locale.ROOT);
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          edits[i][j] = i + j;
          continue;
        }
        int replace = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replace, 1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        edits[i][j] = swapped ? Math.min(best, 1 + edits[i - 2][j - 2]) : best;
      }
    }
    return edits[a.length()][b.length()];
  }
}
