package dev.swage.graph.opset;

import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The graph a node is adapted in: what is known of it, and where new constants go.
 *
 * @param added the new constants
 * @param enlarging outputs of nodes that are known to enlarge an image, as an Upsample was
 */
record Adaptation(
    Scope scope, Graph.Builder builder, Map<String, Tensor> added, Set<String> enlarging) {
  Adaptation(Scope scope, Graph.Builder builder) {
    this(scope, builder, new HashMap<>(), new HashSet<>());
  }

  /** Adds a constant; its name says which node wants it for what. */
  String constant(Node node, String role, Tensor value) {
    String name = value(node, role);
    builder.initializer(name, value);
    added.put(name, value);
    return name;
  }

  /** What a constant holds, of the graph's or of those added. */
  Optional<Tensor> constantValue(String value) {
    return Optional.ofNullable(added.get(value)).or(() -> scope.constant(value));
  }

  /** A constant vector of integers. */
  String integers(Node node, String role, long... values) {
    return constant(node, role, Tensor.ofLongs(Shape.of(values.length), values));
  }

  /** A constant scalar of the same element type as a value; float32 where that is not known. */
  String scalarLike(Node node, String role, String like, double number) {
    Shape shape = Shape.of();
    return constant(
        node,
        role,
        switch (scope.facts().dtype(like).orElse(DType.FLOAT32)) {
          case FLOAT64 -> {
            MemorySegment bytes = MemorySegment.ofArray(new long[1]);
            bytes.set(Tensor.LE_DOUBLE, 0, number);
            yield Tensor.of(DType.FLOAT64, shape, bytes);
          }
          case FLOAT16 -> {
            MemorySegment bytes = MemorySegment.ofArray(new long[1]).asSlice(0, 2);
            bytes.set(Tensor.LE_SHORT, 0, Float.floatToFloat16((float) number));
            yield Tensor.of(DType.FLOAT16, shape, bytes);
          }
          default -> Tensor.ofFloats(shape, (float) number);
        });
  }

  /** A new value's name. */
  String value(Node node, String role) {
    return scope.names().next(node.outputs().getFirst() + "_" + role);
  }

  /** A new node of ONNX's own domain, named after the one it helps to replace. */
  Node node(Node replaced, String opType, List<String> inputs, String output) {
    String base = replaced.name().isEmpty() ? replaced.outputs().getFirst() : replaced.name();
    return Node.of(scope.names().next(base + "_" + opType), opType, inputs, output);
  }

  OnnxException impossible(Node node, long version, String why) {
    return new OnnxException(
        "%s cannot be raised to opset %d: %s; export the model at opset %d or later"
            .formatted(node.describe(), version, why, version));
  }
}
