package dev.swage.train.torch;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Tests that the executor does not pass, each with its reason, in a file beside this class. */
final class ConformanceExceptions {
  private ConformanceExceptions() {}

  /** Reasons by the name of a test, or by {@code operator NAME}. */
  static Map<String, String> read() {
    Map<String, String> reasons = new LinkedHashMap<>();
    try (InputStream in =
        ConformanceExceptions.class.getResourceAsStream("conformance-exceptions.tsv")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().filter(line -> !line.startsWith("#")).toList()) {
        String[] columns = line.split("\t", -1);
        reasons.put(columns[0], columns[1]);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return reasons;
  }

  static boolean names(Map<String, String> reasons, ConformanceCase test) {
    return reason(reasons, test).isPresent();
  }

  static Optional<String> reason(Map<String, String> reasons, ConformanceCase test) {
    return Stream.concat(
            Stream.of(test.name()), test.operators().stream().map(op -> "operator " + op))
        .map(reasons::get)
        .filter(Objects::nonNull)
        .findFirst();
  }
}
