package dev.swage.onnx.layer;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.CarriedStates;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The graph under construction: nodes, weights still to be drawn, and where the chain stands. */
final class GraphDraft {
  /** A value of the graph: its type, and its shape without the batch axis. */
  record Value(String name, DType dtype, Shape shape) {}

  private record Weight(Shape shape, Draw draw) {}

  private final Value input;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Weight> weights = new LinkedHashMap<>();
  private final Map<String, Tensor> constants = new LinkedHashMap<>();
  private final Map<String, Integer> counters = new HashMap<>();
  private final Map<String, String> states = new LinkedHashMap<>();
  private final List<ValueInfo> stateInputs = new ArrayList<>();
  private final List<ValueInfo> stateOutputs = new ArrayList<>();
  private boolean carriesStates;
  private Value current;

  GraphDraft(Value input) {
    this.input = input;
    this.current = input;
  }

  Value current() {
    return current;
  }

  void continueFrom(Value value) {
    current = value;
  }

  boolean carriesStates() {
    return carriesStates;
  }

  /** From here on recurrent layers begin with states that are given. */
  void carryStates() {
    carriesStates = true;
  }

  /** Declares a state {@code [1, batch, width]} as an input and what follows it as an output. */
  void carry(String input, String output, long width) {
    states.put(input, output);
    stateInputs.add(state(input, width));
    stateOutputs.add(state(output, width));
  }

  private static ValueInfo state(String name, long width) {
    List<Dim> dims = List.of(new Dim.Fixed(1), new Dim.Symbolic("batch"), new Dim.Fixed(width));
    return new ValueInfo(name, Optional.of(DType.FLOAT32), Optional.of(dims));
  }

  /** Appends a node of any form; the chain goes on where {@link #continueFrom} says. */
  void node(Node node) {
    nodes.add(node);
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
            .input(info(input.name(), input))
            .output(info(outputName, current));
    stateInputs.forEach(graph::input);
    stateOutputs.forEach(graph::output);
    int index = 0;
    for (Map.Entry<String, Weight> weight : weights.entrySet()) {
      Tensor drawn = weight.getValue().draw().tensor(weight.getValue().shape(), seed, index++);
      graph.initializer(weight.getKey(), drawn);
    }
    constants.forEach(graph::initializer);
    return CarriedStates.of(states).applyTo(OnnxModel.of(graph.build()));
  }

  /**
   * The batch axis is open. With carried states the steps are too where the value still has them,
   * so that the model can be run in pieces of any length.
   */
  private ValueInfo info(String name, Value value) {
    ValueInfo batched = ValueInfo.batched(name, value.dtype(), value.shape().toArray());
    boolean hasSteps =
        !states.isEmpty()
            && value.shape().rank() > 0
            && (name.equals(input.name()) || value.shape().rank() == 2)
            && value.shape().dim(0) == input.shape().dim(0);
    if (!hasSteps) {
      return batched;
    }
    List<Dim> dims = new ArrayList<>(batched.dims().orElseThrow());
    dims.set(1, new Dim.Symbolic("steps"));
    return new ValueInfo(name, batched.dtype(), Optional.of(dims));
  }
}
