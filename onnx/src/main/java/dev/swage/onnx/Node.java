package dev.swage.onnx;

import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * One operator call. An empty string among the inputs is an omitted optional input.
 *
 * @param name the node's name; may be empty
 * @param opType the operator, as {@code Conv}
 * @param domain the operator's domain; empty for ONNX's own
 * @param inputs names of the values read
 * @param outputs names of the values written
 * @param attributes by name, in file order
 * @param overload which of several {@link Function}s of that domain and name is called; empty for
 *     operators
 */
public record Node(
    String name,
    String opType,
    String domain,
    List<String> inputs,
    List<String> outputs,
    Map<String, Attribute> attributes,
    String overload) {
  public Node {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }

  /** A node without an overload. */
  public Node(
      String name,
      String opType,
      String domain,
      List<String> inputs,
      List<String> outputs,
      Map<String, Attribute> attributes) {
    this(name, opType, domain, inputs, outputs, attributes, "");
  }

  /** A node of ONNX's own domain without attributes. */
  public static Node of(String name, String opType, List<String> inputs, String... outputs) {
    return new Node(name, opType, "", inputs, Arrays.asList(outputs), Map.of());
  }

  public Node with(String attribute, Attribute value) {
    Map<String, Attribute> copy = new LinkedHashMap<>(attributes);
    copy.put(attribute, value);
    return withAttributes(copy);
  }

  /** This node with these attributes and no others. */
  public Node withAttributes(Map<String, Attribute> newAttributes) {
    return new Node(name, opType, domain, inputs, outputs, newAttributes, overload);
  }

  public Node withName(String newName) {
    return new Node(newName, opType, domain, inputs, outputs, attributes, overload);
  }

  public Node withInputs(List<String> newInputs) {
    return new Node(name, opType, domain, newInputs, outputs, attributes, overload);
  }

  public Node withOutputs(List<String> newOutputs) {
    return new Node(name, opType, domain, inputs, newOutputs, attributes, overload);
  }

  /** This node reading {@code to} wherever it read {@code from}; sub-graphs are not changed. */
  public Node replaceInput(String from, String to) {
    return withInputs(inputs.stream().map(i -> i.equals(from) ? to : i).toList());
  }

  /** The graphs among the attributes: bodies of {@code If}, {@code Loop} and {@code Scan}. */
  public List<Graph> subgraphs() {
    List<Graph> graphs = new ArrayList<>();
    for (Attribute attribute : attributes.values()) {
      if (attribute instanceof Attribute.GraphValue(Graph graph)) {
        graphs.add(graph);
      }
    }
    return graphs;
  }

  /** This node with each of its {@link #subgraphs} replaced. */
  public Node mapSubgraphs(UnaryOperator<Graph> edit) {
    return mapSubgraphs((attribute, graph) -> edit.apply(graph));
  }

  /** The same with the attribute's name at hand. */
  public Node mapSubgraphs(BiFunction<String, Graph, Graph> edit) {
    Map<String, Attribute> edited = new LinkedHashMap<>(attributes);
    edited.replaceAll((key, value) ->
        value instanceof Attribute.GraphValue(Graph graph)
            ? Attribute.of(edit.apply(key, graph))
            : value);
    return withAttributes(edited);
  }

  /** Whether this is operator {@code type} of ONNX's own domain. */
  public boolean is(String type) {
    return opType.equals(type) && (domain.isEmpty() || domain.equals("ai.onnx"));
  }

  /**
   * What a Constant holds in attribute {@code value}; empty for its other forms and other nodes.
   */
  public Optional<Tensor> constantTensor() {
    return is("Constant") && attributes.get("value") instanceof Attribute.TensorValue(Tensor tensor)
        ? Optional.of(tensor)
        : Optional.empty();
  }

  /** The numbers that a Constant holds, in any of its forms; empty for texts and other nodes. */
  public Optional<Tensor> constantValue() {
    return ConstantForms.value(this);
  }

  /** The input at {@code index}, or the empty string when it is omitted. */
  public String input(int index) {
    return index < inputs.size() ? inputs.get(index) : "";
  }

  /**
   * An integer attribute, or {@code fallback} when it is absent.
   *
   * @throws OnnxException if it has another kind
   */
  public long intAttribute(String attribute, long fallback) {
    return switch (attributes.get(attribute)) {
      case null -> fallback;
      case Attribute.IntValue v -> v.value();
      case Attribute other -> throw wrongKind(attribute, "an int", other);
    };
  }

  /** A float attribute, or {@code fallback} when it is absent. */
  public float floatAttribute(String attribute, float fallback) {
    return switch (attributes.get(attribute)) {
      case null -> fallback;
      case Attribute.FloatValue v -> v.value();
      case Attribute other -> throw wrongKind(attribute, "a float", other);
    };
  }

  /** A string attribute, or {@code fallback} when it is absent. */
  public String stringAttribute(String attribute, String fallback) {
    return switch (attributes.get(attribute)) {
      case null -> fallback;
      case Attribute.StringValue v -> v.value();
      case Attribute other -> throw wrongKind(attribute, "a string", other);
    };
  }

  /** An integer list attribute, or {@code fallback} when it is absent. */
  public long[] intsAttribute(String attribute, long... fallback) {
    return switch (attributes.get(attribute)) {
      case null -> fallback;
      case Attribute.IntsValue v -> v.values().stream().mapToLong(Long::longValue).toArray();
      case Attribute other -> throw wrongKind(attribute, "a list of ints", other);
    };
  }

  private OnnxException wrongKind(String attribute, String expected, Attribute got) {
    return new OnnxException(
        "%s: attribute %s must be %s, got %s"
            .formatted(describe(), attribute, expected, got.getClass().getSimpleName()));
  }

  private String label() {
    if (!name.isEmpty()) {
      return name;
    }
    return outputs.isEmpty() ? "of " + String.join(",", inputs) : String.join(",", outputs);
  }

  /** The node in an error message: operator, domain if any, name. */
  public String describe() {
    String op = domain.isEmpty() ? opType : domain + "::" + opType;
    return "node '%s' (%s)".formatted(label(), op);
  }
}
