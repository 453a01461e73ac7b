package dev.swage.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads what a checkpoint says, with an error that names what does not fit. */
final class Manifest {
  private Manifest() {}

  static long integer(Checkpoint checkpoint, String field, long min, long max) {
    JsonNode node = checkpoint.manifest().path(field);
    if (!node.isIntegralNumber()
        || !node.canConvertToLong()
        || node.longValue() < min
        || node.longValue() > max) {
      throw checkpoint.error(
          "%s must be a whole number from %d to %d, got %s".formatted(field, min, max, node));
    }
    return node.longValue();
  }

  static Map<String, String> texts(Checkpoint checkpoint, String field) {
    Map<String, String> texts = new LinkedHashMap<>();
    checkpoint
        .manifest()
        .path(field)
        .properties()
        .forEach(entry -> texts.put(entry.getKey(), entry.getValue().asText()));
    return texts;
  }

  static void put(ObjectNode manifest, String field, Map<String, String> texts) {
    ObjectNode node = manifest.putObject(field);
    texts.forEach(node::put);
  }

  static Tensor tensor(Checkpoint checkpoint, String name) {
    Tensor tensor = checkpoint.tensors().get(name);
    if (tensor == null) {
      throw checkpoint.error("tensor " + name + " is missing");
    }
    return tensor;
  }

  static double[] doubles(Checkpoint checkpoint, String name, long count) {
    Tensor tensor = tensor(checkpoint, name);
    if (tensor.dtype() != DType.FLOAT64 || tensor.shape().elements() != count) {
      throw checkpoint.error(
          "tensor %s must have %d elements of FLOAT64, is %s".formatted(name, count, tensor));
    }
    return tensor.data().toArray(Tensor.LE_DOUBLE);
  }

  static Tensor ofDoubles(double... values) {
    MemorySegment data = MemorySegment.ofArray(new double[values.length]);
    MemorySegment.copy(values, 0, data, Tensor.LE_DOUBLE, 0, values.length);
    return Tensor.of(DType.FLOAT64, Shape.of(values.length), data);
  }

  /** The tensors whose names begin so, without that beginning. */
  static Map<String, Tensor> below(Checkpoint checkpoint, String prefix) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    checkpoint
        .tensors()
        .forEach((name, tensor) -> {
          if (name.startsWith(prefix)) {
            tensors.put(name.substring(prefix.length()), tensor);
          }
        });
    return tensors;
  }
}
