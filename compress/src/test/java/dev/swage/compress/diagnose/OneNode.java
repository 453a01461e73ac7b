package dev.swage.compress.diagnose;

import dev.swage.compress.TestPlans;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.qdq.QdqWriter;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The slow reference: a model of its own in which a single node of a plan is quantized. */
final class OneNode {
  private OneNode() {}

  static OnnxModel quantized(OnnxModel model, ModelPlan plan, String name) {
    Map<String, NodeChoice> choices = plan.choices();
    Set<String> touched = new HashSet<>();
    List<PlannedNode> nodes = new ArrayList<>();
    for (Node node : model.graph().nodes()) {
      String planned = PlannedNode.nameOf(node);
      NodeChoice choice = choices.get(planned);
      boolean own = planned.equals(name);
      boolean absorbed =
          choice instanceof NodeChoice.Absorb absorb && absorb.producer().equals(name);
      if (own) {
        touched.addAll(node.inputs());
      }
      if (own || absorbed) {
        touched.addAll(node.outputs());
        nodes.add(PlannedNode.of(planned, node.opType(), choice));
      } else {
        nodes.add(PlannedNode.of(planned, node.opType(), new Keep(KeepReason.EXCLUDED)));
      }
    }
    List<PlannedValue> values =
        plan.values().stream().filter(value -> touched.contains(value.name())).toList();
    return QdqWriter.write(model, TestPlans.of(nodes, values)).model();
  }
}
