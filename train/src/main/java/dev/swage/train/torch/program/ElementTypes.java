package dev.swage.train.torch.program;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.WireTypes;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.tensor.DType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Element types of a graph's values as the file has them, as far as they are known: libtorch's
 * tensors do not tell those it holds in wider types.
 */
final class ElementTypes {
  private final Map<String, DType> types;

  ElementTypes() {
    this.types = new HashMap<>();
  }

  private ElementTypes(Map<String, DType> types) {
    this.types = new HashMap<>(types);
  }

  /** Those of a graph inside, which sees these. */
  ElementTypes inside() {
    return new ElementTypes(types);
  }

  void declared(Graph graph) {
    graph.initializers().forEach((name, value) -> types.put(name, value.dtype()));
    declared(graph.inputs());
    declared(graph.valueInfos());
    declared(graph.outputs());
  }

  private void declared(List<ValueInfo> values) {
    values.forEach(value -> value.dtype().ifPresent(type -> types.put(value.name(), type)));
  }

  Optional<DType> of(String name) {
    return Optional.ofNullable(types.get(name));
  }

  void put(String name, DType type) {
    types.put(name, type);
  }

  /** What is known of a node's first output from its inputs. */
  void infer(Node node) {
    String output = node.outputs().getFirst();
    if (!output.isEmpty() && !types.containsKey(output)) {
      result(node).ifPresent(type -> types.put(output, type));
    }
  }

  private Optional<DType> result(Node node) {
    return switch (node.opType()) {
      case "Cast" -> WireTypes.dtype((int) node.intAttribute("to", 0));
      case "CastLike" -> of(node.input(1));
      case "QuantizeLinear" -> {
        int declared = (int) node.intAttribute("output_dtype", 0);
        yield declared != 0 ? WireTypes.dtype(declared) : of(node.input(2));
      }
      case "ConstantOfShape" ->
          node.attributes().get("value") instanceof Attribute.TensorValue(var value)
              ? Optional.of(value.dtype())
              : Optional.empty();
      default -> OperatorFacts.of(node).movesValues() ? of(node.input(0)) : Optional.<DType>empty();
    };
  }
}
