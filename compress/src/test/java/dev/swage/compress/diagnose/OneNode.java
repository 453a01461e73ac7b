package dev.swage.compress.diagnose;

import dev.swage.compress.qdq.NodeDecision;
import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.compress.qdq.NodeKeepReason;
import dev.swage.compress.qdq.QdqPlan;
import dev.swage.compress.qdq.QdqPlan.PlannedNode;
import dev.swage.compress.qdq.QdqRewriter;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The slow reference: a model of its own in which a single node of a plan is quantized. */
final class OneNode {
  private OneNode() {}

  static OnnxModel quantized(OnnxModel model, QdqPlan plan, String name) {
    Set<String> touched = new HashSet<>();
    List<PlannedNode> nodes = new ArrayList<>();
    for (PlannedNode planned : plan.nodes()) {
      boolean own = planned.name().equals(name);
      boolean absorbed =
          planned.decision() instanceof NodeDecision.Absorb absorb
              && absorb.producer().equals(name);
      if (own) {
        touched.addAll(planned.node().inputs());
      }
      if (own || absorbed) {
        touched.addAll(planned.node().outputs());
        nodes.add(planned);
      } else {
        nodes.add(new PlannedNode(planned.node(), new Keep(NodeKeepReason.EXCLUDED, "")));
      }
    }
    return QdqRewriter.rewrite(
            model,
            new QdqPlan(
                nodes,
                plan.values().stream().filter(value -> touched.contains(value.name())).toList()))
        .model();
  }
}
