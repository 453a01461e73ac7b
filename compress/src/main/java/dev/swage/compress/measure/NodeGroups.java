package dev.swage.compress.measure;

import dev.swage.compress.qdq.NodeDecision;
import dev.swage.compress.qdq.QdqPlan;
import dev.swage.compress.qdq.QdqPlan.PlannedNode;
import dev.swage.compress.qdq.QdqPlan.PlannedValue;
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
   * @param producer empty where the model's caller gives it
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
   * @param most the plan with everything quantized that can be
   */
  NodeGroups(Graph graph, QdqPlan most) {
    Map<String, List<String>> absorbed = new HashMap<>();
    for (PlannedNode planned : most.nodes()) {
      if (planned.decision() instanceof NodeDecision.Absorb(String producer)) {
        absorbed.computeIfAbsent(producer, name -> new ArrayList<>()).add(planned.name());
      }
    }
    for (PlannedNode planned : most.nodes()) {
      if (!(planned.decision() instanceof NodeDecision.Absorb)) {
        add(planned, absorbed.getOrDefault(planned.name(), List.of()));
      }
    }
    for (PlannedNode planned : most.nodes()) {
      planned.node().outputs().forEach(output -> byOutput.put(output, named(planned.name())));
    }
    GraphIndex index = GraphIndex.of(graph);
    values = most.values().stream().map(value -> value(value, index)).toList();
  }

  private void add(PlannedNode planned, List<String> absorbed) {
    boolean free = planned.decision() instanceof NodeDecision.Quantize;
    NodeGroup group = new NodeGroup(groups.size(), planned, absorbed, free);
    groups.add(group);
    byName.put(planned.name(), group);
    absorbed.forEach(name -> byName.put(name, group));
  }

  private CodedValue value(PlannedValue planned, GraphIndex index) {
    List<NodeGroup> readers =
        index.consumers(planned.name()).stream().map(this::of).distinct().toList();
    return new CodedValue(
        planned.name(), producer(planned.name()), readers, index.isGraphOutput(planned.name()));
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
