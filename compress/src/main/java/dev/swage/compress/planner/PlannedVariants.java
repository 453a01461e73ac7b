package dev.swage.compress.planner;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.search.Ladder;
import dev.swage.compress.search.ModelVariants;
import dev.swage.compress.write.PlanWriter;
import dev.swage.onnx.OnnxModel;
import java.util.List;

/**
 * A model as a planner quantizes it, in any mode, for the search of ways for its nodes: planned and
 * written anew for every assignment.
 *
 * @param how everything that the result depends on besides the model, in words
 */
public record PlannedVariants(
    SourceModel source, ModelPlanner planner, List<Ladder> ladders, String how)
    implements ModelVariants {
  public PlannedVariants {
    ladders = List.copyOf(ladders);
  }

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
    return source.hash().digits();
  }

  @Override
  public String describe() {
    return how;
  }

  @Override
  public Candidate with(Assignment given) {
    ModelPlan plan = planner.plan(given);
    return new Candidate(
        PlanWriter.write(source.prepared(), plan).model(),
        plan.nodes().stream()
            .filter(node -> node.choice().isQuantized())
            .map(PlannedNode::name)
            .toList());
  }
}
