package dev.swage.onnx.layer;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.function.Supplier;

/** Preconditions of layers, reported in one line. */
final class Checks {
  private Checks() {}

  static void that(boolean condition, Supplier<String> message) {
    if (!condition) {
      throw new IllegalArgumentException(message.get());
    }
  }

  /** The shape of a value that must hold float32. */
  static Shape floats(String layer, GraphDraft.Value value) {
    that(
        value.dtype() == DType.FLOAT32,
        () ->
            "%s: needs FLOAT32, got %s; add an embedding() before it"
                .formatted(layer, value.dtype()));
    return value.shape();
  }
}
