package dev.swage.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** How many edits make one word of another. */
public final class EditDistance {
  private EditDistance() {}

  /**
   * Optimal string alignment distance, ignoring case: insertions, deletions, replacements and swaps
   * of neighbours, each character edited at most once. O(|a|·|b|) time.
   */
  public static int of(String first, String second) {
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

  /** The {@code count} words with the fewest edits, the nearest first, and equals as they come. */
  public static List<String> nearest(String word, Collection<String> known, int count) {
    return known.stream()
        .sorted(Comparator.comparingInt(candidate -> of(word, candidate)))
        .limit(count)
        .toList();
  }
}
