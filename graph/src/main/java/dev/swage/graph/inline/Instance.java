package dev.swage.graph.inline;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Function;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A function's nodes as one call runs them. They read what the call reads and write what it writes;
 * everything else they define, graphs inside them included, has a name that nothing else has.
 * References to attributes are replaced by values, or left out.
 */
final class Instance {
  private final Node call;
  private final Function function;
  private final FreshNames names;
  private final Map<String, String> values = new HashMap<>();

  /** What the call's outputs are besides the outputs of nodes. */
  private final List<Node> handedOn = new ArrayList<>();

  private final Set<String> written = new LinkedHashSet<>();
  private final Graph graph;

  Instance(Node call, Function function, FreshNames names, SharedConstants shared) {
    this.call = call;
    this.function = function;
    this.names = names;
    checkCounts();
    for (int i = 0; i < function.inputs().size(); i++) {
      values.put(function.inputs().get(i), call.input(i));
    }
    List<Node> nodes = new ArrayList<>();
    for (Node node : function.nodes()) {
      if (node.outputs().stream().noneMatch(function.outputs()::contains)) {
        shared
            .of(function, node)
            .ifPresent(weight -> values.put(node.outputs().getFirst(), weight));
      }
      if (node.outputs().isEmpty() || !values.containsKey(node.outputs().getFirst())) {
        nodes.add(node);
        written.addAll(node.outputs());
      }
    }
    nameOutputs();
    Set<String> own = new HashSet<>();
    for (String value : written) {
      if (!value.isEmpty() && !values.containsKey(value)) {
        values.put(value, fresh(value));
        own.add(value);
      }
    }
    this.graph = instance(nodes, own);
  }

  private void checkCounts() {
    checkCount("inputs", call.inputs().size(), function.inputs().size());
    checkCount("outputs", call.outputs().size(), function.outputs().size());
  }

  private void checkCount(String what, int got, int most) {
    if (got > most) {
      throw new OnnxException(
          "%s: %s has %d %s, got %d"
              .formatted(call.describe(), function.describe(), most, what, got));
    }
  }

  /** A value that two outputs are, or that no node writes, is handed on by an Identity. */
  private void nameOutputs() {
    for (int i = 0; i < call.outputs().size(); i++) {
      String inner = function.outputs().get(i);
      String outer = call.outputs().get(i);
      if (outer.isEmpty()) {
        continue;
      }
      if (written.contains(inner) && !values.containsKey(inner)) {
        values.put(inner, outer);
      } else {
        handedOn.add(Node.of(fresh(inner), "Identity", List.of(present(inner, values)), outer));
      }
    }
  }

  private String fresh(String wish) {
    return names.next(prefix() + "/" + wish);
  }

  private String prefix() {
    return call.name().isEmpty()
        ? call.outputs().stream().filter(o -> !o.isEmpty()).findFirst().orElse(call.opType())
        : call.name();
  }

  /** What a value is called now, where it must not be left out. */
  private String present(String value, Map<String, String> inner) {
    String name = inner.getOrDefault(value, value);
    if (name.isEmpty()) {
      throw new OnnxException(
          "%s: leaves out the input '%s', which %s gives as an output"
              .formatted(call.describe(), value, function.describe()));
    }
    return name;
  }

  private Graph instance(List<Node> nodes, Set<String> own) {
    List<ValueInfo> known =
        function.valueInfos().stream()
            .filter(value -> own.contains(value.name()))
            .map(Instance::withoutSymbols)
            .toList();
    Graph renamed =
        Graph.builder(function.key().name()).nodes(nodes).valueInfos(known).build().renamed(values);
    return renamed.toBuilder().nodes(finished(renamed.nodes(), values)).build();
  }

  /** Names of sizes mean something inside the function only. */
  private static ValueInfo withoutSymbols(ValueInfo value) {
    return new ValueInfo(
        value.name(),
        value.dtype(),
        value
            .dims()
            .map(dims ->
                dims.stream()
                    .map(dim -> dim instanceof Dim.Symbolic ? new Dim.Symbolic("") : dim)
                    .toList()));
  }

  /**
   * Renamed nodes with names of their own, their graphs renamed too, and their attributes given.
   */
  private List<Node> finished(List<Node> nodes, Map<String, String> outer) {
    return nodes.stream()
        .map(node -> {
          Node named = node.name().isEmpty() ? node : node.withName(fresh(node.name()));
          return named.withAttributes(attributes(node, outer));
        })
        .toList();
  }

  private Map<String, Attribute> attributes(Node node, Map<String, String> outer) {
    Map<String, Attribute> given = new LinkedHashMap<>();
    node.attributes()
        .forEach((name, value) -> {
          switch (value) {
            case Attribute.GraphValue(Graph inner) ->
                given.put(name, Attribute.of(inside(inner, outer)));
            case Attribute.Reference(String attribute, _) -> {
              Optional.ofNullable(call.attributes().get(attribute))
                  .or(() -> Optional.ofNullable(function.defaults().get(attribute)))
                  .ifPresent(known -> given.put(name, known));
            }
            default -> given.put(name, value);
          }
        });
    return given;
  }

  /** A graph inside a node of the function: what it defines itself hides what is around it. */
  private Graph inside(Graph inner, Map<String, String> outer) {
    Set<String> defined = new LinkedHashSet<>(inner.initializers().keySet());
    defined.addAll(inner.opaqueInitializers());
    inner.inputs().forEach(input -> defined.add(input.name()));
    inner.nodes().forEach(node -> defined.addAll(node.outputs()));
    defined.remove("");
    Map<String, String> visible = new HashMap<>(outer);
    defined.forEach(value -> visible.put(value, fresh(value)));
    inner.outputs().forEach(output -> present(output.name(), visible));
    Graph renamed = inner.renamed(visible);
    return renamed.toBuilder().nodes(finished(renamed.nodes(), visible)).build();
  }

  /** The nodes, in the operator sets of the function. */
  Graph graph() {
    return graph;
  }

  /** Nodes to be put behind those of the graph; Identity is the same in all operator sets. */
  List<Node> handedOn() {
    return handedOn;
  }
}
