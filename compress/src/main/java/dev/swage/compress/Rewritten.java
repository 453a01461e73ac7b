package dev.swage.compress;

import dev.swage.compress.dynamic.DynamicModel;
import dev.swage.compress.measure.MixedModel;
import dev.swage.compress.measure.MixedModel.MixedNode;
import dev.swage.compress.qdq.NodeDecision;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.compress.qdq.QdqPlan.PlannedNode;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model after its plan was carried out.
 *
 * @param plan what was carried out
 * @param stored the initializers that carry codes, scales and zero points, by name and path
 * @param pairs the part with fixed ranges as QuantizeLinear and DequantizeLinear, whose values keep
 *     their names
 * @param coded that part as it is written, in another form perhaps: which of its nodes are to run
 *     on codes
 * @param dynamic the part whose activations become codes at every run; empty where there is none
 */
record Rewritten(
    OnnxModel model,
    ModelPlan plan,
    Map<String, Tensor> stored,
    QdqModel pairs,
    QdqModel coded,
    Optional<DynamicModel> dynamic) {
  Rewritten {
    stored = Collections.unmodifiableMap(new LinkedHashMap<>(stored));
  }

  /** The model in a form whose values keep their names, so that layers can be compared. */
  OnnxModel layered() {
    return plan.form() == PlanForm.QOPERATOR ? pairs.model() : model;
  }

  /** What of the main graph can be timed on either side. */
  MixedModel mixed() {
    if (dynamic.isEmpty()) {
      return MixedModel.of(pairs);
    }
    Map<String, Node> written = new HashMap<>(coded.written());
    for (DynamicModel.Written node : dynamic.get().written()) {
      if (node.path().isMain()) {
        written.put(node.name(), node.node());
      }
    }
    List<String> values = new ArrayList<>();
    List<MixedNode> nodes = new ArrayList<>();
    for (PlannedNode planned : coded.plan().nodes()) {
      Node node = planned.node();
      boolean runsOnCodes = written.containsKey(planned.name());
      if (runsOnCodes) {
        values.add(node.input(0));
      }
      nodes.add(
          new MixedNode(
              planned.name(),
              node,
              written.getOrDefault(planned.name(), node),
              runsOnCodes,
              planned.decision() instanceof NodeDecision.Absorb(String producer)
                  ? Optional.of(producer)
                  : Optional.empty()));
    }
    return new MixedModel(model, nodes, values.stream().distinct().toList(), false);
  }
}
