package dev.swage.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The units a text model knows, by number. */
final class Vocabulary {
  private final List<String> units;
  private final Map<String, Integer> numbers = new HashMap<>();

  private Vocabulary(List<String> units) {
    this.units = List.copyOf(units);
    for (int i = 0; i < units.size(); i++) {
      numbers.put(units.get(i), i);
    }
  }

  /** Units in the order of their numbers. */
  static Vocabulary of(List<String> units) {
    return new Vocabulary(units);
  }

  /** All characters in the order of their code points. */
  static Vocabulary ofCharacters(List<String> all) {
    return new Vocabulary(
        new TreeSet<>(all)
            .stream().sorted(Comparator.comparingInt(c -> c.codePointAt(0))).toList());
  }

  /** The {@code most} most frequent words, equals in alphabetical order, after the unknown one. */
  static Vocabulary ofWords(List<String> training, int most) {
    Map<String, Integer> counts = new TreeMap<>();
    training.forEach(word -> counts.merge(word, 1, Integer::sum));
    List<String> units = new ArrayList<>(List.of(TextUnit.UNKNOWN));
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(most)
        .forEach(entry -> units.add(entry.getKey()));
    return new Vocabulary(units);
  }

  List<String> units() {
    return units;
  }

  boolean has(String unit) {
    return numbers.containsKey(unit);
  }

  /** The number of a unit; 0, the unknown word's, for one that is not known. */
  int number(String unit) {
    return numbers.getOrDefault(unit, 0);
  }
}
