package dev.swage.data;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What stands before the colon of a {@link DataSpec}, and the keys each format understands. */
public enum DataFormat {
  /** A table of numbers, one sample a line, one column the label. */
  CSV(
      Keys.numbers(
          "label", "header", "separator", "task", "missing", "standardize", "ignore", "fractions")),
  /** A folder of images and labels in the files of MNIST. */
  IDX(Keys.numbers("layout", "holdout")),
  /** Named NumPy arrays: inputs and targets. */
  NPZ(Keys.numbers("x", "y", "type", "fractions")),
  /** One NumPy array of inputs, without targets. */
  NPY(Keys.numbers("type", "fractions")),
  /** A folder with one folder of pictures per class. */
  IMAGES(Keys.numbers("resize", "gray", "fractions")),
  /** A folder of {@code test_data_set_N/{input,output}_i.pb}, as ONNX's own tests have it. */
  ONNXPB(List.of("limit", "seed")),
  /** Noise of given shapes. */
  RANDOM(Keys.common("n", "dist")),
  /** Two interleaved half circles. */
  MOONS(Keys.common("n", "noise")),
  /** Digits drawn from strokes. */
  GLYPHS(Keys.numbers("n", "size")),
  /** Recordings; not read by this version. */
  WAV(Keys.common()),
  /** Characters; not read by this version. */
  TEXT(Keys.common());

  private final List<String> keys;

  DataFormat(List<String> keys) {
    this.keys = keys;
  }

  /** The name in a spec, such as {@code csv}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The keys that may follow the question mark. */
  public List<String> keys() {
    return keys;
  }

  /** Whether the path names a file or folder, so that it must not be empty. */
  boolean readsFiles() {
    return this != RANDOM && this != MOONS && this != GLYPHS;
  }

  /** Whether this version opens the format. */
  boolean isAvailable() {
    return this != WAV && this != TEXT;
  }

  static List<String> availableLabels() {
    return Arrays.stream(values()).filter(DataFormat::isAvailable).map(DataFormat::label).toList();
  }

  private static final class Keys {
    static List<String> common(String... more) {
      return Stream.concat(Stream.of("split", "limit", "seed"), Stream.of(more)).toList();
    }

    static List<String> numbers(String... more) {
      return Stream.concat(common("scale", "mean", "std").stream(), Stream.of(more)).toList();
    }
  }
}
