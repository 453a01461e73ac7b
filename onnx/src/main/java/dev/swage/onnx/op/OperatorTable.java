package dev.swage.onnx.op;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** The lines of a table of operators by domain, operator and version. */
final class OperatorTable {
  private static final String RESOURCE = "operators.txt";

  /** The table of this module. */
  static final OperatorTable OWN = parse(RESOURCE, ownLines());

  private final Map<String, NavigableMap<String, NavigableMap<Long, OperatorLine>>> domains =
      new HashMap<>();

  private OperatorTable() {}

  /**
   * Reads a table as the head of {@code operators.txt} describes it.
   *
   * @param name of the table in messages
   * @throws IllegalStateException naming the first line that does not fit
   */
  static OperatorTable parse(String name, List<String> lines) {
    OperatorTable table = new OperatorTable();
    String domain = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      try {
        if (line.startsWith("[") && line.endsWith("]")) {
          domain = domain(line.substring(1, line.length() - 1));
        } else if (!line.isBlank() && !line.startsWith("#")) {
          table.add(domain, OperatorLine.parse(domain, line));
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalStateException(
            "%s, line %d (%s): %s".formatted(name, i + 1, line, e.getMessage()), e);
      }
    }
    return table;
  }

  /** Adds a line that stands after those of earlier versions. */
  private void add(String domain, OperatorLine line) {
    NavigableMap<Long, OperatorLine> versions =
        domains
            .computeIfAbsent(domain, _ -> new TreeMap<>())
            .computeIfAbsent(line.opType(), _ -> new TreeMap<>());
    if (!versions.isEmpty() && versions.lastKey() >= line.since()) {
      throw new IllegalArgumentException(
          "version %d stands after version %d".formatted(line.since(), versions.lastKey()));
    }
    if (!versions.isEmpty() && !line.traits().isEmpty()) {
      throw new IllegalArgumentException("traits stand on the first line of an operator");
    }
    versions.put(line.since(), line);
  }

  /** A domain under one name: ONNX's own is the empty string. */
  static String domain(String name) {
    return name.equals("ai.onnx") ? "" : name;
  }

  /** The lines of an operator by version; none if the table does not have it. */
  NavigableMap<Long, OperatorLine> versions(String domain, String opType) {
    return domains
        .getOrDefault(domain(domain), Collections.emptyNavigableMap())
        .getOrDefault(opType, Collections.emptyNavigableMap());
  }

  Set<String> operators(String domain) {
    NavigableMap<String, NavigableMap<Long, OperatorLine>> operators = domains.get(domain(domain));
    return operators == null ? Set.of() : Collections.unmodifiableSet(operators.navigableKeySet());
  }

  private static List<String> ownLines() {
    try (InputStream in = OperatorTable.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the module");
      }
      return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
