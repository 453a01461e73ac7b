package dev.swage.data;

import dev.swage.text.EditDistance;
import java.util.Collection;
import java.util.List;
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
    List<String> near =
        known.stream()
            .filter(candidate -> 2 * EditDistance.of(word, candidate) <= longer(word, candidate))
            .toList();
    return EditDistance.nearest(word, near, 1).stream().findFirst();
  }

  private static int longer(String a, String b) {
    return Math.max(a.length(), b.length());
  }
}
