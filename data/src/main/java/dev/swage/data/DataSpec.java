package dev.swage.data;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Which data to open, as one line: {@code FORMAT:PATH?key=value&key=value}, for example {@code
 * csv:banknote.csv?split=train&standardize=true}. In path, keys and values {@code %} and two hex
 * digits stand for a byte of UTF-8, so a path with a question mark writes it {@code %3F}. The
 * format's keys are checked here, their values when the data is opened.
 *
 * @param path what stands between the colon and the question mark, decoded; empty for data that is
 *     generated
 * @param options keys and values, decoded, in the order they were written
 */
public record DataSpec(DataFormat format, String path, Map<String, String> options) {
  /**
   * @throws DataException for a key the format does not have, or a path that is missing
   */
  public DataSpec {
    options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
    for (String key : options.keySet()) {
      if (!format.keys().contains(key)) {
        throw new DataException(
            "unknown key '%s' for %s: data; %s"
                .formatted(key, format.label(), Suggestion.forWord(key, format.keys())));
      }
    }
    if (path.isEmpty() && format.readsFiles()) {
      throw new DataException(
          "'%s:' needs the path of a file or folder: %s:PATH"
              .formatted(format.label(), format.label()));
    }
  }

  /**
   * Reads a spec.
   *
   * @throws DataException naming the unknown format or key and the nearest known one
   */
  public static DataSpec parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new DataException(
          "'%s' does not say which format the data is in: write FORMAT:PATH, with FORMAT one of %s"
              .formatted(text, String.join(", ", DataFormat.labels())));
    }
    DataFormat format = format(text.substring(0, colon));
    String rest = text.substring(colon + 1);
    int question = rest.indexOf('?');
    String path = question < 0 ? rest : rest.substring(0, question);
    Map<String, String> options = new LinkedHashMap<>();
    if (question >= 0 && question + 1 < rest.length()) {
      for (String pair : rest.substring(question + 1).split("&", -1)) {
        addOption(options, pair, text);
      }
    }
    return new DataSpec(format, decode(path, text), options);
  }

  private static DataFormat format(String label) {
    for (DataFormat format : DataFormat.values()) {
      if (format.label().equals(label)) {
        return format;
      }
    }
    throw new DataException(
        "unknown data format '%s'; %s"
            .formatted(label, Suggestion.forWord(label, DataFormat.labels())));
  }

  private static void addOption(Map<String, String> options, String pair, String text) {
    int equals = pair.indexOf('=');
    if (equals <= 0) {
      throw new DataException("'%s' in '%s' is not key=value".formatted(pair, text));
    }
    String key = decode(pair.substring(0, equals), text);
    if (options.put(key, decode(pair.substring(equals + 1), text)) != null) {
      throw new DataException("key '%s' is given twice in '%s'".formatted(key, text));
    }
  }

  /** The same spec with one option set, or replaced in place. */
  public DataSpec with(String key, String value) {
    Map<String, String> changed = new LinkedHashMap<>(options);
    changed.put(key, value);
    return new DataSpec(format, path, changed);
  }

  /** The spec as one line that {@link #parse} reads back. */
  @Override
  public String toString() {
    String start = format.label() + ":" + encode(path);
    return options.isEmpty()
        ? start
        : options.entrySet().stream()
            .map(option -> encode(option.getKey()) + "=" + encode(option.getValue()))
            .collect(Collectors.joining("&", start + "?", ""));
  }

  private static String encode(String plain) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < plain.length(); i++) {
      char c = plain.charAt(i);
      boolean special = c == '%' || c == '?' || c == '&' || c == '=' || c < ' ';
      out.append(special ? "%%%02X".formatted((int) c) : String.valueOf(c));
    }
    return out.toString();
  }

  private static String decode(String coded, String text) {
    if (coded.indexOf('%') < 0) {
      return coded;
    }
    byte[] bytes = coded.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '%') {
        out.write(bytes[i]);
        continue;
      }
      if (i + 2 >= bytes.length
          || !HexFormat.isHexDigit(bytes[i + 1])
          || !HexFormat.isHexDigit(bytes[i + 2])) {
        throw new DataException(
            "'%%' without two hex digits in '%s': write a percent sign as %%25".formatted(text));
      }
      out.write(HexFormat.fromHexDigit(bytes[i + 1]) << 4 | HexFormat.fromHexDigit(bytes[i + 2]));
      i += 2;
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
