package dev.swage.compress;

import dev.swage.compress.ModelPlan.PlannedNode;
import dev.swage.compress.dynamic.DynamicModel;
import dev.swage.compress.dynamic.DynamicOptions;
import dev.swage.compress.dynamic.DynamicPlan;
import dev.swage.compress.dynamic.DynamicPlanner;
import dev.swage.compress.dynamic.DynamicRewriter;
import dev.swage.compress.qdq.NodeDecision;
import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.compress.qdq.NodeKeepReason;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.QuantScheme;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Codes of weights, and of activations that are measured at every run. */
final class DynamicEngine implements PlanEngine {
  private static final int BITS = 8;

  /** What the plan does not quantize this way. */
  private static final Keep OTHER = new Keep(NodeKeepReason.EXCLUDED, "");

  private final OnnxModel model;
  private final DynamicOptions options;

  DynamicEngine(OnnxModel model, QuantizeOptions options) {
    this.model = model;
    this.options = options.dynamicOptions();
  }

  @Override
  public Proposal propose(Map<String, Keep> given) {
    DynamicPlan plan = DynamicPlanner.plan(model.graph(), options, given);
    return new Proposal(plan.nodes().stream().map(DynamicEngine::planned).toList(), List.of());
  }

  /** With the operators of a form. */
  static DynamicOptions options(PlanForm form) {
    return form == PlanForm.CONTRIB ? DynamicOptions.contrib() : DynamicOptions.standard();
  }

  private static PlannedNode planned(DynamicPlan.PlannedNode node) {
    OptionalDouble expected = OptionalDouble.empty();
    NodeChoice choice =
        switch (node.decision()) {
          case NodeDecision.Quantize quantize -> {
            expected = OptionalDouble.of(quantize.expectedSqnrDb());
            yield new NodeChoice.Dynamic(WeightChoice.of(quantize.weight().orElseThrow()));
          }
          case NodeDecision.Absorb absorb -> new NodeChoice.Absorb(absorb.producer());
          case NodeDecision.Keep keep -> new NodeChoice.Keep(keep.reason(), keep.detail());
        };
    return new PlannedNode(node.name(), node.node().opType(), choice, expected);
  }

  /** Why nodes cannot be quantized this way, whether it is worth it or not. */
  static Map<String, Keep> obstacles(OnnxModel model, PlanForm form) {
    return DynamicPlanner.obstacles(model.graph(), options(form).withConvolutions(true));
  }

  /**
   * Rewrites the nodes that a plan quantizes this way.
   *
   * @param model as planned, or after other nodes of the plan were rewritten
   * @throws CompressException if one of them cannot be
   */
  static DynamicModel rewrite(OnnxModel model, ModelPlan plan) {
    Map<String, NodeChoice> choices = new HashMap<>();
    Map<String, Keep> others = new HashMap<>();
    for (PlannedNode node : plan.nodes()) {
      choices.put(node.name(), node.choice());
      if (!(node.choice() instanceof NodeChoice.Dynamic)) {
        others.put(node.name(), OTHER);
      }
    }
    DynamicPlan all =
        DynamicPlanner.plan(model.graph(), options(plan.form()).withConvolutions(true), others);
    List<DynamicPlan.PlannedNode> nodes = new ArrayList<>();
    for (DynamicPlan.PlannedNode node : all.nodes()) {
      if (!(choices.get(node.name()) instanceof NodeChoice.Dynamic(WeightChoice weight))) {
        nodes.add(new DynamicPlan.PlannedNode(node.path(), node.node(), OTHER));
        continue;
      }
      if (node.decision() instanceof Keep keep) {
        throw new CompressException(
            "the plan has node '%s' (%s) dynamic: %s"
                .formatted(node.name(), node.node().opType(), keep.reason().text(keep.detail())));
      }
      NodeDecision decision = adapted(node, (NodeDecision.Quantize) node.decision(), weight);
      nodes.add(new DynamicPlan.PlannedNode(node.path(), node.node(), decision));
    }
    return DynamicRewriter.rewrite(model, new DynamicPlan(all.form(), nodes));
  }

  /** As planned, or with what else a plan may say of the weights. */
  private static NodeDecision adapted(
      DynamicPlan.PlannedNode node, NodeDecision.Quantize usual, WeightChoice choice) {
    Optional<QuantScheme> scheme = usual.weight();
    if (choice.grouping() instanceof WeightGrouping.PerTensor) {
      scheme = scheme.flatMap(own -> DynamicPlanner.perTensor(node.node(), own));
    }
    if (choice.bits() == QuantScheme.REDUCED_BITS) {
      scheme = scheme.flatMap(own -> DynamicPlanner.reduced(node.node(), own));
    }
    boolean known =
        choice.symmetric()
            && (choice.bits() == BITS || choice.bits() == QuantScheme.REDUCED_BITS)
            && !(choice.grouping() instanceof WeightGrouping.Groups);
    if (!known || scheme.isEmpty()) {
      throw new CompressException(
          "the plan has %s for node '%s'; weights of dynamic nodes are int8 per-channel, of MatMul,"
                  .formatted(choice, node.name())
              + " Gemm and LSTM int7 too, of MatMul, Gemm and Conv per-tensor too");
    }
    return new NodeDecision.Quantize(scheme, usual.expectedSqnrDb());
  }
}
