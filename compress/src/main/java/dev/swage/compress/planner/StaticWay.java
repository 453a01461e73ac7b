package dev.swage.compress.planner;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.qdq.QdqOptions;
import dev.swage.compress.qdq.QdqPlanner;
import dev.swage.compress.weights.WeightErrors;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.List;

/** Codes of weights and of activations whose ranges calibration fixed. */
final class StaticWay implements WayPlanner {
  private final Graph graph;
  private final Calibration calibration;
  private final QdqOptions options;
  private final Assignment excluded;
  private final WeightErrors errors;

  StaticWay(
      Graph graph,
      Calibration calibration,
      QdqOptions options,
      Assignment excluded,
      WeightErrors errors) {
    this.graph = graph;
    this.calibration = calibration;
    this.options = options;
    this.excluded = excluded;
    this.errors = errors;
  }

  @Override
  public String label() {
    return "static";
  }

  @Override
  public Proposal propose(Assignment given) {
    QdqPlanner.Proposal plan =
        QdqPlanner.plan(graph, calibration, options, excluded.or(given), errors);
    List<PlannedNode> nodes = new ArrayList<>(plan.nodes());
    GraphPath.walk(
        graph,
        (path, inner) -> {
          if (!path.isMain()) {
            inner.nodes().forEach(node -> nodes.add(inside(path, node)));
          }
        });
    return new Proposal(nodes, plan.values());
  }

  private static PlannedNode inside(GraphPath path, Node node) {
    return PlannedNode.of(
        PlannedNode.nameOf(path, node), node.opType(), new Keep(KeepReason.IN_SUBGRAPH));
  }
}
