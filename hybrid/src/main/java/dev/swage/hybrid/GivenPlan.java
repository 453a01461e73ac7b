package dev.swage.hybrid;

import dev.swage.compress.PlannedModel;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.ModelHash;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.PlanDocument;
import dev.swage.compress.plan.PlanDocument.Entry;
import dev.swage.compress.plan.PlanDocument.Way;
import dev.swage.compress.plan.PlanDocument.Wish;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.planner.PlanResolution;
import dev.swage.compress.planner.SourceModel;
import dev.swage.compress.weights.Opsets;
import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A plan that was stored, held against the model that is to be trained through its codes. */
final class GivenPlan {
  private final PlanDocument document;

  private GivenPlan(PlanDocument document) {
    this.document = document;
  }

  /**
   * The model prepared as the plan wants it, and the plan for it. Weights may be others than those
   * that the plan was made for; nodes may not.
   *
   * @param name what errors call the model
   * @throws CompressException for what cannot be trained through, and a plan of another model
   */
  static PlannedModel resolve(PlanDocument document, OnnxModel model, String name) {
    GivenPlan given = new GivenPlan(document);
    given.requireTrainable();
    SourceModel source =
        SourceModel.of(
            new ModelFile(Path.of(name), model, model.graph().weightBytes()),
            ModelHash.of(document.modelSha256()),
            PlanResolution.preparation(document));
    ModelPlan plan = PlanResolution.of(document, source);
    given.requireAllNodes(source);
    requireOneWidth(plan);
    SourceModel raised = source.raisedTo(Opsets.of(plan), false);
    return PlannedModel.given(plan, raised.prepared());
  }

  /** A weight has one quantizer, whoever reads it. */
  private static void requireOneWidth(ModelPlan plan) {
    Map<String, WeightSlot> first = new HashMap<>();
    Map<String, String> reader = new HashMap<>();
    for (PlannedNode node : plan.nodes()) {
      for (WeightSlot slot : node.choice().slots()) {
        WeightSlot other = first.putIfAbsent(slot.weight(), slot);
        if (other != null && !slot.isSameCodes(other)) {
          throw new CompressException(
              "the plan has weight '%s' as %s for node '%s' and as %s for node '%s': what is trained has the same codes for all"
                  .formatted(
                      slot.weight(),
                      other.choice(),
                      reader.get(slot.weight()),
                      slot.choice(),
                      node.name()));
        }
        reader.putIfAbsent(slot.weight(), node.name());
      }
    }
  }

  private void requireTrainable() {
    if (document.form() != PlanForm.QDQ) {
      throw new CompressException(
          "the plan's form is %s; what is trained through codes is written in form qdq: plan again with --format qdq"
              .formatted(document.form().label()));
    }
    for (Entry entry : document.nodes()) {
      boolean dynamic =
          entry.wish() instanceof Wish.Quantize(Way way, Optional<?> _) && way == Way.DYNAMIC;
      if (dynamic && !entry.operator().equals("Gather")) {
        throw new CompressException(
            "the plan has node '%s' (%s) dynamic: codes that are made at every run have no scales to train; make it static, weight-only or kept"
                .formatted(entry.node(), entry.operator()));
      }
    }
  }

  /** A plan of a smaller model would leave the rest in floats without a word. */
  private void requireAllNodes(SourceModel source) {
    Set<String> planned = new HashSet<>();
    document.nodes().forEach(entry -> planned.add(entry.node()));
    source.model().graph().nodes().stream()
        .filter(node -> !planned.contains(PlannedNode.nameOf(node)))
        .findFirst()
        .ifPresent(node -> {
          throw new CompressException(
              "the plan was made for %s: it lacks node '%s' (%s) of the prepared %s; plan again"
                  .formatted(
                      document.model(), PlannedNode.nameOf(node), node.opType(), source.path()));
        });
  }
}
