package dev.swage.train.torch;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns a graph into steps over numbered slots, once, so that a run looks up no name. */
final class GraphCompiler {
  private final OnnxModel model;
  private final Map<String, Integer> slots = new HashMap<>();
  private final Map<String, Tensor> constants = new LinkedHashMap<>();
  private final List<Step> steps = new ArrayList<>();

  private GraphCompiler(OnnxModel model) {
    this.model = model;
  }

  /**
   * A graph ready to run.
   *
   * @param steps in the order they run
   * @param slots slot of every value by name
   * @param trained names of the initializers that are trained
   * @param constants initializers that are not trained, and values of Constant nodes
   * @param feeds slots of the inputs, in the graph's order
   * @param outputs slots of the outputs, in the graph's order
   */
  record Compiled(
      List<Step> steps,
      Map<String, Integer> slots,
      List<String> trained,
      Map<String, Tensor> constants,
      List<Integer> feeds,
      List<Integer> outputs) {}

  static Compiled compile(OnnxModel model) {
    return new GraphCompiler(model).compile();
  }

  private Compiled compile() {
    Graph graph = model.graph();
    List<String> trained = Trainables.of(graph);
    graph.initializers().keySet().forEach(this::define);
    graph.feeds().forEach(feed -> define(feed.name()));
    constants.putAll(graph.initializers());
    trained.forEach(constants::remove);
    for (Node node : graph.nodes()) {
      if (node.is("Constant")) {
        define(node.outputs().getFirst());
        constants.put(node.outputs().getFirst(), constantValue(node));
      } else {
        steps.add(step(node));
      }
    }
    return new Compiled(
        List.copyOf(steps),
        Map.copyOf(slots),
        trained,
        constants,
        slotsOf(graph.feeds()),
        slotsOf(graph.outputs()));
  }

  private int define(String name) {
    int slot = slots.size();
    slots.put(name, slot);
    return slot;
  }

  private Step step(Node node) {
    Operator operator = OperatorTable.compile(new NodeContext(node, model.opset(), constants));
    int[] inputs = node.inputs().stream().mapToInt(name -> inputSlot(node, name)).toArray();
    int[] outputs =
        node.outputs().stream().mapToInt(name -> name.isEmpty() ? -1 : define(name)).toArray();
    return new Step(node, operator, inputs, outputs);
  }

  private int inputSlot(Node node, String name) {
    if (name.isEmpty()) {
      return -1;
    }
    Integer slot = slots.get(name);
    if (slot == null) {
      throw new OnnxException(
          "%s: reads '%s', which no input, initializer or earlier node gives"
              .formatted(node.describe(), name));
    }
    return slot;
  }

  private List<Integer> slotsOf(List<ValueInfo> values) {
    return values.stream()
        .map(value -> {
          Integer slot = slots.get(value.name());
          if (slot == null) {
            throw new OnnxException("graph output '" + value.name() + "' is given by no node");
          }
          return slot;
        })
        .toList();
  }

  private static Tensor constantValue(Node node) {
    for (Map.Entry<String, Attribute> attribute : node.attributes().entrySet()) {
      switch (attribute.getValue()) {
        case Attribute.TensorValue v -> {
          return v.value();
        }
        case Attribute.FloatValue v -> {
          return Tensor.ofFloats(Shape.of(), v.value());
        }
        case Attribute.IntValue v -> {
          return Tensor.ofLongs(Shape.of(), v.value());
        }
        case Attribute.IntsValue v -> {
          long[] values = v.values().stream().mapToLong(Long::longValue).toArray();
          return Tensor.ofLongs(Shape.of(values.length), values);
        }
        case Attribute.FloatsValue v -> {
          float[] values = new float[v.values().size()];
          for (int i = 0; i < values.length; i++) {
            values[i] = v.values().get(i);
          }
          return Tensor.ofFloats(Shape.of(values.length), values);
        }
        default -> {
          // Strings and sparse tensors take part in no computation here.
        }
      }
    }
    throw new OnnxException(
        "%s: holds no numbers, got attributes %s"
            .formatted(node.describe(), node.attributes().keySet()));
  }
}
