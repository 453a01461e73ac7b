package dev.swage.quant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Published reference values: JSON of nested arrays. */
final class Golden {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Golden() {}

  /** A file of {@code golden/}; the test is skipped where it is absent. */
  static JsonNode json(String file) throws IOException {
    return JSON.readTree(SharedData.require("golden/" + file).toFile());
  }

  /** All numbers of nested arrays, in order. */
  static double[] numbers(JsonNode node) {
    List<Double> numbers = new ArrayList<>();
    collect(node, numbers);
    return numbers.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static void collect(JsonNode node, List<Double> into) {
    if (node.isNumber()) {
      into.add(node.asDouble());
    }
    node.forEach(child -> collect(child, into));
  }

  /** Nested arrays as a tensor of their shape. */
  static Tensor tensor(JsonNode node) {
    List<Long> dims = new ArrayList<>();
    for (JsonNode at = node; at.isArray(); at = at.get(0)) {
      dims.add((long) at.size());
    }
    return Tensor.ofFloats(
        Shape.of(dims.stream().mapToLong(Long::longValue).toArray()), floats(numbers(node)));
  }

  static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
