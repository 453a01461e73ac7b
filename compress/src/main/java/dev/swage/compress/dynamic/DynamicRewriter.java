package dev.swage.compress.dynamic;

import dev.swage.compress.dynamic.DynamicModel.Written;
import dev.swage.compress.dynamic.DynamicPlan.PlannedNode;
import dev.swage.compress.qdq.NodeDecision;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Carries out a plan: a pure function of model and plan. Nodes that the plan has no decision on
 * stay as they are. Values keep their names, so that they can be compared before and after. An
 * activation becomes codes once in a graph, whoever reads it there.
 */
public final class DynamicRewriter {
  /** The first operator set with scales per channel; DynamicQuantizeLinear is of 11. */
  private static final long OPSET = 13;

  private record Order(PlannedNode planned, NodeDecision.Quantize quantize) {}

  private final OnnxModel source;
  private final DynamicPlan plan;
  private final FreshNames names;
  private final Scopes scopes;
  private final WeightStore store;
  private final Map<GraphPath, Map<String, Order>> orders = new HashMap<>();
  private final List<Written> written = new ArrayList<>();

  private DynamicRewriter(OnnxModel source, DynamicPlan plan) {
    this.source = source;
    this.plan = plan;
    this.names = FreshNames.of(source.graph());
    this.scopes = new Scopes(source.graph());
    this.store = new WeightStore(names);
    for (PlannedNode planned : plan.nodes()) {
      if (planned.decision() instanceof NodeDecision.Quantize quantize) {
        orders
            .computeIfAbsent(planned.path(), path -> new HashMap<>())
            .put(identity(planned.node()), new Order(planned, quantize));
      }
    }
  }

  /**
   * Writes codes where the plan has them.
   *
   * @param source the model that was planned, in operator set 13 or later
   * @throws IllegalArgumentException if the plan is not one of this model, or has codes for a
   *     weight that its operator cannot read
   */
  public static DynamicModel rewrite(OnnxModel source, DynamicPlan plan) {
    if (source.opset() < OPSET) {
      throw new IllegalArgumentException(
          "dynamic quantization needs operator set %d, got %d; prepare the model first"
              .formatted(OPSET, source.opset()));
    }
    return new DynamicRewriter(source, plan).rewrite();
  }

  private DynamicModel rewrite() {
    Graph nodes = GraphPath.rewrite(source.graph(), this::write);
    requireAll();
    Graph graph = GraphPath.rewrite(nodes, this::exchangeWeights);
    OnnxModel model = source.withGraph(graph);
    if (plan.form() == DynamicForm.CONTRIB && plan.quantized() > 0) {
      model =
          model.withOpset(
              ContribNodes.DOMAIN, model.opsets().getOrDefault(ContribNodes.DOMAIN, 1L));
    }
    return new DynamicModel(model, plan, store.stored(), written);
  }

  private void requireAll() {
    Set<String> done = new HashSet<>();
    written.forEach(node -> done.add(node.name()));
    for (PlannedNode planned : plan.nodes()) {
      if (planned.decision() instanceof NodeDecision.Quantize && !done.contains(planned.name())) {
        throw new IllegalArgumentException(
            "the plan quantizes '%s', which the model has not".formatted(planned.name()));
      }
    }
  }

  private Graph write(GraphPath path, Graph graph) {
    Map<String, Order> here = orders.getOrDefault(path, Map.of());
    NodeWriter writer = new NodeWriter(path, plan.form(), names, scopes, store);
    graph.nodes().stream().filter(node -> here.containsKey(identity(node))).forEach(writer::expect);
    for (Node node : graph.nodes()) {
      Order order = here.get(identity(node));
      if (order == null) {
        writer.keep(node);
      } else {
        written.add(
            writer.quantize(order.planned().name(), node, order.quantize().weight().orElseThrow()));
      }
    }
    return graph.toBuilder().nodes(writer.nodes()).build();
  }

  /** What no other node of a graph has: names may repeat, outputs may not. */
  private static String identity(Node node) {
    return node.outputs().stream().filter(output -> !output.isEmpty()).findFirst().orElse("");
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
