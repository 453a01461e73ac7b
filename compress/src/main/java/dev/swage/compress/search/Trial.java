package dev.swage.compress.search;

import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A model that was measured.
 *
 * @param kept the nodes kept in floating point
 */
public record Trial(SortedSet<String> kept, Score score) {
  public Trial {
    kept = Collections.unmodifiableSortedSet(new TreeSet<>(kept));
  }

  static Trial of(Set<String> kept, Score score) {
    return new Trial(new TreeSet<>(kept), score);
  }
}
