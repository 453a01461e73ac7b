package dev.swage.onnx;

import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** An ONNX graph: nodes in topological order, weights by name, inputs and outputs. Immutable. */
public final class Graph {
  private final String name;
  private final List<Node> nodes;
  private final Map<String, Tensor> initializers;
  private final List<ValueInfo> inputs;
  private final List<ValueInfo> outputs;
  private final List<ValueInfo> valueInfos;
  private final PreservedContent carried;

  private Graph(Builder builder) {
    this.name = builder.name;
    this.nodes = List.copyOf(builder.nodes);
    this.initializers = Collections.unmodifiableMap(new LinkedHashMap<>(builder.initializers));
    this.inputs = List.copyOf(builder.inputs);
    this.outputs = List.copyOf(builder.outputs);
    this.valueInfos = List.copyOf(builder.valueInfos);
    this.carried = builder.carried;
  }

  public static Builder builder(String name) {
    return new Builder(name);
  }

  public String name() {
    return name;
  }

  public List<Node> nodes() {
    return nodes;
  }

  /** Weights and constants by name, in file order. */
  public Map<String, Tensor> initializers() {
    return initializers;
  }

  /** What all weights take, those of sub-graphs included. */
  public long weightBytes() {
    long[] bytes = {0};
    walk(graph -> graph.initializers.values().forEach(weight -> bytes[0] += weight.byteSize()));
    return bytes[0];
  }

  /** Declared inputs; in files before IR version 4 these include the initializers. */
  public List<ValueInfo> inputs() {
    return inputs;
  }

  /** The inputs a caller must feed: those without an initializer. */
  public List<ValueInfo> feeds() {
    Set<String> opaque = opaqueInitializers();
    return inputs.stream()
        .filter(input -> !initializers.containsKey(input.name()) && !opaque.contains(input.name()))
        .toList();
  }

  public List<ValueInfo> outputs() {
    return outputs;
  }

  /** Types of intermediate values, as far as the file gives them. */
  public List<ValueInfo> valueInfos() {
    return valueInfos;
  }

  /**
   * Names of initializers Swage has no tensors for (strings, complex numbers, sparse ones); they
   * are kept and written back.
   */
  public Set<String> opaqueInitializers() {
    return carried.opaqueNames();
  }

  PreservedContent carried() {
    return carried;
  }

  /** Visits this graph, then the sub-graphs of its nodes, each before its own. */
  public void walk(Consumer<Graph> visitor) {
    visitor.accept(this);
    nodes.forEach(node -> node.subgraphs().forEach(graph -> graph.walk(visitor)));
  }

  /**
   * This graph with every node, and every sub-graph that sees the value, reading {@code to} instead
   * of {@code from}. Names of this graph's outputs stay.
   */
  public Graph replaceUses(String from, String to) {
    return toBuilder().nodes(replaceUses(nodes, from, to)).build();
  }

  private static List<Node> replaceUses(List<Node> nodes, String from, String to) {
    return nodes.stream()
        .map(node -> node.replaceInput(from, to).mapSubgraphs(g -> g.replaceCaptured(from, to)))
        .toList();
  }

  private Graph replaceCaptured(String from, String to) {
    if (!GraphIndex.captures(this).contains(from)) {
      return this;
    }
    List<ValueInfo> renamed =
        outputs.stream()
            .map(o -> o.name().equals(from) ? new ValueInfo(to, o.dtype(), o.dims()) : o)
            .toList();
    return toBuilder().nodes(replaceUses(nodes, from, to)).outputs(renamed).build();
  }

  /**
   * This graph with values called otherwise, where it defines them and where its nodes read them.
   * Values that are not in the map keep their names, and graphs inside nodes stay as they are.
   */
  public Graph renamed(Map<String, String> names) {
    Builder builder =
        builder(name)
            .inputs(renamed(inputs, names))
            .outputs(renamed(outputs, names))
            .valueInfos(renamed(valueInfos, names))
            .carried(carried.renamed(names));
    initializers.forEach(
        (weight, tensor) -> builder.initializer(names.getOrDefault(weight, weight), tensor));
    for (Node node : nodes) {
      builder.node(
          node.withInputs(node.inputs().stream().map(v -> names.getOrDefault(v, v)).toList())
              .withOutputs(node.outputs().stream().map(v -> names.getOrDefault(v, v)).toList()));
    }
    return builder.build();
  }

  private static List<ValueInfo> renamed(List<ValueInfo> values, Map<String, String> names) {
    return values.stream()
        .map(v -> new ValueInfo(names.getOrDefault(v.name(), v.name()), v.dtype(), v.dims()))
        .toList();
  }

  /**
   * This graph without documentation and metadata of its nodes, weights and values, which say
   * nothing about what it computes: stack traces of exporters can be larger than the weights. What
   * is said of the graph itself stays, and graphs inside nodes keep theirs.
   *
   * @return this, if there are none
   */
  public Graph withoutNotes() {
    PreservedContent plain = carried.withoutNotes();
    return plain == carried ? this : toBuilder().carried(plain).build();
  }

  /** A builder that starts as a copy of this graph. */
  public Builder toBuilder() {
    Builder builder = new Builder(name);
    builder.nodes.addAll(nodes);
    builder.initializers.putAll(initializers);
    builder.inputs.addAll(inputs);
    builder.outputs.addAll(outputs);
    builder.valueInfos.addAll(valueInfos);
    builder.carried = carried;
    return builder;
  }

  /** Collects the parts of a graph. */
  public static final class Builder {
    private String name;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Tensor> initializers = new LinkedHashMap<>();
    private final List<ValueInfo> inputs = new ArrayList<>();
    private final List<ValueInfo> outputs = new ArrayList<>();
    private final List<ValueInfo> valueInfos = new ArrayList<>();
    private PreservedContent carried = PreservedContent.NOTHING;

    private Builder(String name) {
      this.name = name;
    }

    public Builder name(String newName) {
      this.name = newName;
      return this;
    }

    public Builder node(Node node) {
      nodes.add(node);
      return this;
    }

    public Builder nodes(List<Node> replacement) {
      nodes.clear();
      nodes.addAll(replacement);
      return this;
    }

    /** Adds or replaces a weight. */
    public Builder initializer(String weight, Tensor value) {
      initializers.put(weight, value);
      return this;
    }

    public Builder removeInitializer(String weight) {
      initializers.remove(weight);
      return this;
    }

    public Builder input(ValueInfo input) {
      inputs.add(input);
      return this;
    }

    public Builder output(ValueInfo output) {
      outputs.add(output);
      return this;
    }

    public Builder inputs(List<ValueInfo> replacement) {
      inputs.clear();
      inputs.addAll(replacement);
      return this;
    }

    public Builder outputs(List<ValueInfo> replacement) {
      outputs.clear();
      outputs.addAll(replacement);
      return this;
    }

    public Builder valueInfos(List<ValueInfo> replacement) {
      valueInfos.clear();
      valueInfos.addAll(replacement);
      return this;
    }

    boolean hasInitializer(String weight) {
      return initializers.containsKey(weight);
    }

    Builder carried(PreservedContent wire) {
      this.carried = wire;
      return this;
    }

    public Graph build() {
      return new Graph(this);
    }
  }
}
