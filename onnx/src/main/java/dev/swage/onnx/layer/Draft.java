package dev.swage.onnx.layer;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The graph under construction: nodes, weights still to be drawn, and where the chain stands. */
final class Draft {
  /** A value of the graph: its type, and its shape without the batch axis. */
  record Value(String name, DType dtype, Shape shape) {}

  private record Weight(Shape shape, Draw draw) {}

  private final Value input;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Weight> weights = new LinkedHashMap<>();
  private final Map<String, Tensor> constants = new LinkedHashMap<>();
  private final Map<String, Integer> counters = new HashMap<>();
  private Value current;

  Draft(Value input) {
    this.input = input;
    this.current = input;
  }

  Value current() {
    return current;
  }

  void continueFrom(Value value) {
    current = value;
  }

  /** The next name of a kind of layer: conv1, conv2, … */
  String name(String kind) {
    return kind + counters.merge(kind, 1, Integer::sum);
  }

  String weight(String name, Shape shape, Draw draw) {
    weights.put(name, new Weight(shape, draw));
    return name;
  }

  String constant(String name, Tensor value) {
    constants.put(name, value);
    return name;
  }

  /** Appends an operator whose first input is the current value; its output becomes current. */
  void append(
      String name,
      String opType,
      List<String> moreInputs,
      Map<String, Attribute> attributes,
      Shape out) {
    List<String> inputs = new ArrayList<>();
    inputs.add(current.name());
    inputs.addAll(moreInputs);
    String output = name + ".output";
    nodes.add(new Node(name, opType, "", inputs, List.of(output), attributes));
    current = new Value(output, DType.FLOAT32, out);
  }

  void append(String name, String opType, Shape out, String... moreInputs) {
    append(name, opType, List.of(moreInputs), Map.of(), out);
  }

  /** Appends a lookup of the current token numbers in a table, which comes first. */
  void gather(String name, String table, Shape out) {
    String output = name + ".output";
    Node node = Node.of(name, "Gather", List.of(table, current.name()), output);
    nodes.add(node.with("axis", Attribute.of(0L)));
    current = new Value(output, DType.FLOAT32, out);
  }

  OnnxModel build(String graphName, String outputName, long seed) {
    if (nodes.isEmpty()) {
      throw new IllegalArgumentException("the network has no layers after input " + input.name());
    }
    if (outputName.equals(input.name())) {
      throw new IllegalArgumentException("input and output are both named " + outputName);
    }
    List<Node> named = new ArrayList<>(nodes);
    Node last = named.removeLast();
    named.add(
        new Node(
            last.name(),
            last.opType(),
            last.domain(),
            last.inputs(),
            List.of(outputName),
            last.attributes()));
    Graph.Builder graph =
        Graph.builder(graphName)
            .nodes(named)
            .input(ValueInfo.batched(input.name(), input.dtype(), input.shape().toArray()))
            .output(ValueInfo.batched(outputName, current.dtype(), current.shape().toArray()));
    int index = 0;
    for (Map.Entry<String, Weight> weight : weights.entrySet()) {
      Tensor drawn = weight.getValue().draw().tensor(weight.getValue().shape(), seed, index++);
      graph.initializer(weight.getKey(), drawn);
    }
    constants.forEach(graph::initializer);
    return OnnxModel.of(graph.build());
  }
}
