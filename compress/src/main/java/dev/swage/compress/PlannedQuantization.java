package dev.swage.compress;

import dev.swage.compress.ModelPlan.PlannedNode;
import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.compress.search.Quantization;
import dev.swage.onnx.OnnxModel;
import java.util.Map;

/**
 * A model as a planner quantizes it, in any mode, for the search of nodes to give back: planned and
 * rewritten anew for every choice.
 *
 * @param how everything that the result depends on besides the model, in words
 */
record PlannedQuantization(SourceModel source, ModelPlanner planner, String how)
    implements Quantization {
  @Override
  public String name() {
    return source.path().toString();
  }

  @Override
  public OnnxModel reference() {
    return source.model();
  }

  @Override
  public String modelHash() {
    return source.sha256();
  }

  @Override
  public String describe() {
    return how;
  }

  @Override
  public Candidate keeping(Map<String, Keep> kept) {
    ModelPlan plan = planner.plan(kept);
    return new Candidate(
        PlanRewriter.rewrite(source.model(), plan).model(),
        plan.nodes().stream()
            .filter(node -> node.choice().isQuantized())
            .map(PlannedNode::name)
            .toList());
  }
}
