package dev.swage.compress.search;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A model that was measured.
 *
 * @param ways the nodes that go another way than at first, and the way in words, as {@code
 *     weight-only int8 per-channel} or {@code keep}
 */
public record Trial(SortedMap<String, String> ways, Score score) {
  public Trial {
    ways = Collections.unmodifiableSortedMap(new TreeMap<>(ways));
  }

  static Trial of(Map<String, String> ways, Score score) {
    return new Trial(new TreeMap<>(ways), score);
  }
}
