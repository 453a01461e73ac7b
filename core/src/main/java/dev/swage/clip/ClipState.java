package dev.swage.clip;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What clippers remember, by key: putting states into one another, and checking them. */
final class ClipState {
  private final Map<String, double[]> values;
  private final String owner;

  private ClipState(Map<String, double[]> values, String owner) {
    this.values = values;
    this.owner = owner;
  }

  /** A state to be read by a clipper; {@code owner} is what complaints call it. */
  static ClipState of(Map<String, double[]> values, String owner) {
    return new ClipState(values, owner);
  }

  /** Complains unless these are all the keys. */
  ClipState expect(String... keys) {
    List<String> known = List.of(keys);
    for (String key : values.keySet()) {
      if (!known.contains(key)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "clip state '%s' is not of this clipper: %s remembers %s",
                key,
                owner,
                known.isEmpty() ? "nothing" : String.join(", ", known)));
      }
    }
    for (String key : known) {
      if (!values.containsKey(key)) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "clip state '%s' is missing: %s needs it", key, owner));
      }
    }
    return this;
  }

  /** A copy of an array of at most so many numbers. */
  double[] array(String key, int most) {
    double[] value = get(key);
    if (value.length > most) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "clip state '%s' of %s holds at most %d numbers, got %d",
              key,
              owner,
              most,
              value.length));
    }
    return value.clone();
  }

  double number(String key) {
    double[] value = get(key);
    if (value.length != 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "clip state '%s' of %s is one number, got %d",
              key,
              owner,
              value.length));
    }
    return value[0];
  }

  /** A count: a whole number, not negative. */
  long count(String key) {
    double value = number(key);
    if (!(value >= 0) || value != Math.rint(value)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "clip state '%s' of %s is a whole number >= 0, got %s",
              key,
              owner,
              value));
    }
    return (long) value;
  }

  private double[] get(String key) {
    double[] value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "clip state '%s' is missing: %s needs it", key, owner));
    }
    return value;
  }

  /** A state as part of another: every key behind {@code name/}. */
  static Map<String, double[]> nested(String name, Map<String, double[]> state) {
    Map<String, double[]> nested = new LinkedHashMap<>();
    state.forEach((key, value) -> nested.put(name + "/" + key, value));
    return nested;
  }

  /** The states of named parts in one. */
  static Map<String, double[]> ofParts(Map<String, GradientClipper> parts) {
    Map<String, double[]> all = new LinkedHashMap<>();
    parts.forEach((name, part) -> all.putAll(nested(name, part.state())));
    return all;
  }

  /**
   * Gives every part of a clipper the keys behind its name.
   *
   * @throws IllegalArgumentException for a key of none of them
   */
  static void restoreNested(
      Map<String, double[]> state, Map<String, GradientClipper> parts, String owner) {
    for (String key : state.keySet()) {
      if (parts.keySet().stream().noneMatch(name -> key.startsWith(name + "/"))) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "clip state '%s' is not of this clipper: %s has the parts %s",
                key,
                owner,
                String.join(", ", parts.keySet())));
      }
    }
    parts.forEach((name, part) -> {
      Map<String, double[]> own = new LinkedHashMap<>();
      state.forEach((key, value) -> {
        if (key.startsWith(name + "/")) {
          own.put(key.substring(name.length() + 1), value);
        }
      });
      part.restore(own);
    });
  }
}
