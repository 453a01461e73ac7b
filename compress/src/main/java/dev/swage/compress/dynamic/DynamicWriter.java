package dev.swage.compress.dynamic;

import dev.swage.compress.dynamic.DynamicModel.Written;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the nodes that are quantized dynamically: a pure function of model and plan. Other nodes
 * stay as they are. Values keep their names, so that they can be compared before and after. An
 * activation becomes codes once in a graph, whoever reads it there.
 */
public final class DynamicWriter {
  /** The first operator set with scales per channel; DynamicQuantizeLinear is of 11. */
  private static final long OPSET = 13;

  private final OnnxModel source;
  private final DynamicForm form;
  private final Map<String, List<WeightSlot>> orders = new LinkedHashMap<>();
  private final FreshNames names;
  private final Scopes scopes;
  private final WeightStore store;
  private final List<Written> written = new ArrayList<>();

  private DynamicWriter(OnnxModel source, ModelPlan plan) {
    this.source = source;
    this.form = DynamicForm.of(plan.form());
    this.names = FreshNames.of(source.graph());
    this.scopes = new Scopes(source.graph());
    this.store = new WeightStore(names);
    for (PlannedNode planned : plan.nodes()) {
      if (planned.choice() instanceof NodeChoice.Dynamic(List<WeightSlot> slots)) {
        orders.put(planned.name(), slots);
      }
    }
  }

  /**
   * Writes codes where the plan has nodes that are quantized dynamically.
   *
   * @param source the model that was planned, in operator set 13 or later; nodes with ranges fixed
   *     ahead are written already
   * @throws IllegalArgumentException if the plan is not one of this model, or has codes for a
   *     weight that its operator cannot read
   */
  public static DynamicModel write(OnnxModel source, ModelPlan plan) {
    if (source.opset() < OPSET) {
      throw new IllegalArgumentException(
          "dynamic quantization needs operator set %s, got %s; prepare the model first"
              .formatted(OPSET, source.opset()));
    }
    return new DynamicWriter(source, plan).write();
  }

  private DynamicModel write() {
    Graph nodes = GraphPath.rewrite(source.graph(), this::write);
    requireAll();
    Graph graph = GraphPath.rewrite(nodes, this::exchangeWeights);
    OnnxModel model = source.withGraph(graph);
    if (form == DynamicForm.CONTRIB && !orders.isEmpty()) {
      model =
          model.withOpset(
              ContribNodes.DOMAIN, model.opsets().getOrDefault(ContribNodes.DOMAIN, 1L));
    }
    return new DynamicModel(model, store.stored(), written);
  }

  private void requireAll() {
    Set<String> done = new HashSet<>();
    written.forEach(node -> done.add(node.name()));
    for (String planned : orders.keySet()) {
      if (!done.contains(planned)) {
        throw new IllegalArgumentException(
            "the plan quantizes '%s', which the model has not".formatted(planned));
      }
    }
  }

  private Graph write(GraphPath path, Graph graph) {
    NodeWriter writer = new NodeWriter(path, form, names, scopes, store);
    graph.nodes().stream().filter(node -> slots(path, node) != null).forEach(writer::expect);
    for (Node node : graph.nodes()) {
      List<WeightSlot> slots = slots(path, node);
      if (slots == null) {
        writer.keep(node);
      } else {
        written.add(writer.quantize(PlannedNode.nameOf(path, node), node, slots));
      }
    }
    return graph.toBuilder().nodes(writer.nodes()).build();
  }

  private @Nullable List<WeightSlot> slots(GraphPath path, Node node) {
    return orders.get(PlannedNode.nameOf(path, node));
  }

  /** Adds what stands for weights, and removes the weights that nothing reads any more. */
  private Graph exchangeWeights(GraphPath path, Graph graph) {
    Graph.Builder builder = graph.toBuilder();
    store.stored().getOrDefault(path, Map.of()).forEach(builder::initializer);
    GraphIndex index = GraphIndex.of(graph);
    for (String name : graph.initializers().keySet()) {
      if (index.consumers(name).isEmpty() && !index.isGraphOutput(name)) {
        builder.removeInitializer(name);
      }
    }
    return builder.build();
  }
}
