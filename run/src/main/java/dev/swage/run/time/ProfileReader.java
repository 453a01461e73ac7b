package dev.swage.run.time;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the file of events that ONNX Runtime writes when it profiles a session: a list in the order
 * in which events ended, nodes of a run before {@code model_run} of that run.
 */
final class ProfileReader {
  private static final String KERNEL = "_kernel_time";
  private static final double MICROS_PER_MILLI = 1e3;

  private final int warmup;
  private final Map<String, List<Long>> micros = new HashMap<>();
  private final Map<String, Long> current = new HashMap<>();
  private int runs;

  private ProfileReader(int warmup) {
    this.warmup = warmup;
  }

  /** Milliseconds of each node by name, the first runs left out. */
  static Map<String, Double> millis(Path file, int warmup) throws IOException {
    ProfileReader reader = new ProfileReader(warmup);
    reader.read(file);
    Map<String, Double> millis = new HashMap<>();
    reader.micros.forEach((name, values) -> millis.put(name, fastest(values) / MICROS_PER_MILLI));
    return millis;
  }

  private void read(Path file) throws IOException {
    try (JsonParser json = new JsonFactory().createParser(file.toFile())) {
      if (json.nextToken() != JsonToken.START_ARRAY) {
        throw new IOException("not a list of events");
      }
      while (json.nextToken() == JsonToken.START_OBJECT) {
        event(json);
      }
    }
  }

  private void event(JsonParser json) throws IOException {
    String name = "";
    String category = "";
    long duration = 0;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "name" -> name = json.getText();
        case "cat" -> category = json.getText();
        case "dur" -> duration = json.getLongValue();
        default -> json.skipChildren();
      }
    }
    if (category.equals("Node") && name.endsWith(KERNEL)) {
      current.merge(name.substring(0, name.length() - KERNEL.length()), duration, Long::sum);
    } else if (name.equals("model_run")) {
      endRun();
    }
  }

  private void endRun() {
    if (runs >= warmup) {
      current.forEach(
          (node, duration) -> micros.computeIfAbsent(node, key -> new ArrayList<>()).add(duration));
    }
    current.clear();
    runs++;
  }

  /** The mean of the fastest quarter. */
  static double fastest(List<Long> values) {
    return values.stream()
        .sorted()
        .limit((values.size() + 3) / 4)
        .mapToLong(Long::longValue)
        .average()
        .orElseThrow();
  }
}
