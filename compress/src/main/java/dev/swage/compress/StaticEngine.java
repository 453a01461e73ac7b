package dev.swage.compress;

import dev.swage.compress.ModelPlan.PlannedNode;
import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.qdq.NodeDecision;
import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.compress.qdq.NodeKeepReason;
import dev.swage.compress.qdq.QdqPlan;
import dev.swage.compress.qdq.QdqPlanner;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Codes of weights and of activations whose ranges calibration fixed. */
final class StaticEngine implements PlanEngine {
  private final OnnxModel model;
  private final Calibration calibration;
  private final QuantizeOptions options;

  StaticEngine(OnnxModel model, Calibration calibration, QuantizeOptions options) {
    this.model = model;
    this.calibration = calibration;
    this.options = options;
  }

  @Override
  public Proposal propose(Map<String, Keep> given) {
    QdqPlan plan = QdqPlanner.plan(model.graph(), calibration, options.staticOptions(), given);
    List<PlannedNode> nodes = new ArrayList<>();
    plan.nodes().forEach(node -> nodes.add(planned(node)));
    GraphPath.walk(
        model.graph(),
        (path, graph) -> {
          if (!path.isMain()) {
            graph.nodes().forEach(node -> nodes.add(inside(path, node)));
          }
        });
    return new Proposal(nodes, plan.values());
  }

  private static PlannedNode inside(GraphPath path, Node node) {
    return new PlannedNode(
        path.key(QdqPlan.PlannedNode.nameOf(node)),
        node.opType(),
        new NodeChoice.Keep(NodeKeepReason.IN_SUBGRAPH, ""),
        OptionalDouble.empty());
  }

  private static PlannedNode planned(QdqPlan.PlannedNode node) {
    OptionalDouble expected = OptionalDouble.empty();
    NodeChoice choice =
        switch (node.decision()) {
          case NodeDecision.Quantize quantize -> {
            expected = OptionalDouble.of(quantize.expectedSqnrDb());
            yield new NodeChoice.Static(quantize.weight().map(WeightChoice::of));
          }
          case NodeDecision.Absorb absorb -> new NodeChoice.Absorb(absorb.producer());
          case NodeDecision.Keep keep -> new NodeChoice.Keep(keep.reason(), keep.detail());
        };
    return new PlannedNode(node.name(), node.node().opType(), choice, expected);
  }
}
