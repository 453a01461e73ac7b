package dev.swage.compress.speed;

import dev.swage.compress.speed.MixedModel.MixedNode;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What can be chosen in a graph: its nodes in groups, and the values that may change sides. */
final class NodeGroups {
  private final List<NodeGroup> groups = new ArrayList<>();
  private final Map<String, NodeGroup> byName = new HashMap<>();
  private final Map<String, NodeGroup> byOutput = new HashMap<>();
  private final List<CodedValue> values;

  /**
   * A value that may be codes.
   *
   * @param producer empty where the model's caller gives it, or where it always writes floats
   * @param readers the groups that read it
   * @param output whether the model's caller reads it too
   */
  record CodedValue(
      String name, Optional<NodeGroup> producer, List<NodeGroup> readers, boolean output) {
    CodedValue {
      readers = List.copyOf(readers);
    }
  }

  /**
   * The groups of a graph.
   *
   * @param most with everything as codes that can be
   */
  NodeGroups(Graph graph, MixedModel most) {
    Map<String, List<String>> absorbed = new HashMap<>();
    for (MixedNode node : most.nodes()) {
      node.absorbedInto()
          .ifPresent(
              into -> absorbed.computeIfAbsent(into, name -> new ArrayList<>()).add(node.name()));
    }
    for (MixedNode node : most.nodes()) {
      if (node.absorbedInto().isEmpty()) {
        add(node, absorbed.getOrDefault(node.name(), List.of()));
      }
    }
    for (MixedNode node : most.nodes()) {
      node.source().outputs().forEach(output -> byOutput.put(output, named(node.name())));
    }
    GraphIndex index = GraphIndex.of(graph);
    values = most.values().stream().map(name -> value(name, index, most.codesHandedOn())).toList();
  }

  private void add(MixedNode node, List<String> absorbed) {
    NodeGroup group =
        new NodeGroup(groups.size(), node.name(), node.source(), absorbed, node.coded());
    groups.add(group);
    byName.put(node.name(), group);
    absorbed.forEach(name -> byName.put(name, group));
  }

  private CodedValue value(String name, GraphIndex index, boolean codesHandedOn) {
    List<NodeGroup> readers = index.consumers(name).stream().map(this::of).distinct().toList();
    Optional<NodeGroup> producer = codesHandedOn ? producer(name) : Optional.empty();
    return new CodedValue(name, producer, readers, index.isGraphOutput(name));
  }

  List<NodeGroup> groups() {
    return groups;
  }

  List<CodedValue> values() {
    return values;
  }

  /** The group that gives a value; empty for inputs and constants. */
  Optional<NodeGroup> producer(String value) {
    return Optional.ofNullable(byOutput.get(value));
  }

  private NodeGroup of(Node node) {
    return producer(node.outputs().getFirst()).orElseThrow();
  }

  /** The group of a node by its planned name. */
  NodeGroup named(String planned) {
    NodeGroup group = byName.get(planned);
    if (group == null) {
      throw new IllegalArgumentException("the plan has no node '%s'".formatted(planned));
    }
    return group;
  }
}
