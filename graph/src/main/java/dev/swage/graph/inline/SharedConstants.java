package dev.swage.graph.inline;

import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Function;
import dev.swage.onnx.Node;
import dev.swage.tensor.Tensor;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The constants of functions, which become weights of the model's own graph: one for all calls, and
 * seen from every graph. They are the functions' own tensors, not copies.
 */
final class SharedConstants {
  private record Key(Function.Key function, String value) {}

  private final FreshNames names;
  private final Map<Key, String> placed = new HashMap<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  SharedConstants(FreshNames names) {
    this.names = names;
  }

  /** The weight that takes the place of a node; empty where it is no constant of numbers. */
  Optional<String> of(Function function, Node node) {
    return node.constantValue()
        .map(tensor -> {
          String value = node.outputs().getFirst();
          return placed.computeIfAbsent(
              new Key(function.key(), value),
              key -> {
                String name = names.next(function.key().name() + "/" + value);
                tensors.put(name, tensor);
                return name;
              });
        });
  }

  Map<String, Tensor> tensors() {
    return Collections.unmodifiableMap(tensors);
  }
}
