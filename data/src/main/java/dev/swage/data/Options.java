package dev.swage.data;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The values of a spec's options, read as what they should be; errors name spec and key. */
final class Options {
  /** Of data that are held in memory as they are generated. */
  private static final int MOST_NUMBERS = 1 << 27;

  private final DataSpec spec;
  private final Path folder;

  /**
   * @param folder where relative paths begin
   */
  Options(DataSpec spec, Path folder) {
    this.spec = spec;
    this.folder = folder;
  }

  /** A file beside the data, relative to the same folder. */
  Optional<Path> file(String key) {
    return text(key)
        .map(name -> {
          try {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) {
              return file;
            }
            throw wrong(key, "a file; there is none at " + file.toAbsolutePath());
          } catch (InvalidPathException e) {
            throw wrong(key, "the path of a file", e);
          }
        });
  }

  /** The spec as one line: the name of what is opened from it. */
  String name() {
    return spec.toString();
  }

  Optional<String> text(String key) {
    return Optional.ofNullable(spec.options().get(key));
  }

  /** Complains where generated data would have more numbers than fit. */
  void requireFew(String key, long... sizes) {
    double numbers = 1;
    for (long size : sizes) {
      numbers *= size;
    }
    if (numbers > MOST_NUMBERS) {
      throw wrong(key, "data of at most %d numbers".formatted(MOST_NUMBERS));
    }
  }

  /** A whole number in [min, 2^31−1]. */
  OptionalInt count(String key, int min) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      int value = Integer.parseInt(text.get());
      if (value >= min) {
        return OptionalInt.of(value);
      }
    } catch (NumberFormatException e) {
      throw wrong(key, "a whole number from " + min, e);
    }
    throw wrong(key, "a whole number from " + min);
  }

  /** The seed; 0 when none is given. */
  long seed() {
    try {
      return Long.parseLong(text("seed").orElse("0"));
    } catch (NumberFormatException e) {
      throw wrong("seed", "a whole number", e);
    }
  }

  boolean flag(String key, boolean otherwise) {
    return switch (text(key).orElse(Boolean.toString(otherwise))) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong(key, "true or false");
    };
  }

  /** The constant whose lower-case name the value is. */
  <E extends Enum<E>> Optional<E> choice(String key, Class<E> type) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    E[] constants = type.getEnumConstants();
    List<String> names =
        Arrays.stream(constants).map(c -> c.name().toLowerCase(Locale.ROOT)).toList();
    int index = names.indexOf(text.get());
    if (index < 0) {
      throw new DataException(
          "%s: unknown value '%s' of key '%s'; %s"
              .formatted(spec, text.get(), key, Suggestion.forWord(text.get(), names)));
    }
    return Optional.of(constants[index]);
  }

  /** Names separated by commas; none without the key. */
  List<String> names(String key) {
    return text(key).map(list -> List.of(list.split(",", -1))).orElse(List.of());
  }

  /** A regular expression. */
  Optional<Pattern> pattern(String key) {
    return text(key)
        .map(regex -> {
          try {
            return Pattern.compile(regex);
          } catch (PatternSyntaxException e) {
            throw wrong(key, "a regular expression; " + e.getDescription(), e);
          }
        });
  }

  Optional<Split> split() {
    return choice("split", Split.class);
  }

  /** Finite numbers separated by commas. */
  Optional<float[]> numbers(String key) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    String[] parts = text.get().split(",", -1);
    float[] values = new float[parts.length];
    for (int i = 0; i < parts.length; i++) {
      Optional<Float> value = Numbers.parse(parts[i]);
      values[i] = value.orElseThrow(() -> wrong(key, "numbers separated by commas"));
    }
    return Optional.of(values);
  }

  /** Finite numbers separated by commas, of more digits than float32 has. */
  Optional<double[]> decimals(String key) {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    String[] parts = text.get().split(",", -1);
    double[] values = new double[parts.length];
    for (int i = 0; i < parts.length; i++) {
      // Complains of what is no plain number.
      if (Numbers.parse(parts[i]).isEmpty()) {
        throw wrong(key, "numbers separated by commas");
      }
      values[i] = Double.parseDouble(parts[i]);
    }
    return Optional.of(values);
  }

  /** One finite number. */
  Optional<Float> number(String key) {
    return text(key)
        .map(text -> Numbers.parse(text).orElseThrow(() -> wrong(key, "a finite number")));
  }

  DataException wrong(String key, String expected) {
    return new DataException(message(key, expected));
  }

  private DataException wrong(String key, String expected, Exception cause) {
    return new DataException(message(key, expected), cause);
  }

  private String message(String key, String expected) {
    return "%s: key '%s' is '%s', expected %s".formatted(spec, key, text(key).orElse(""), expected);
  }
}
