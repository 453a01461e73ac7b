package dev.swage.compress;

import dev.swage.compress.ModelPlan.PlannedNode;
import dev.swage.compress.dynamic.DynamicModel;
import dev.swage.compress.qdq.NodeDecision;
import dev.swage.compress.qdq.NodeKeepReason;
import dev.swage.compress.qdq.QOperatorForm;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.compress.qdq.QdqPlan;
import dev.swage.compress.qdq.QdqPlanner;
import dev.swage.compress.qdq.QdqRewriter;
import dev.swage.graph.Prepared;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Carries out a plan: a pure function of model and plan. Each way of quantizing touches its own
 * nodes only, so they follow one another: activations with fixed ranges, activations measured at
 * run time, weights alone.
 */
final class PlanRewriter {
  private static final int STATIC_BITS = 8;

  private final OnnxModel source;
  private final ModelPlan plan;
  private final CodeMemory memory;
  private final Map<String, PlannedNode> nodes = new LinkedHashMap<>();
  private final Map<String, Tensor> stored = new LinkedHashMap<>();

  private PlanRewriter(OnnxModel source, ModelPlan plan, CodeMemory memory) {
    this.source = source;
    this.plan = plan;
    this.memory = memory;
    plan.nodes().forEach(node -> nodes.put(node.name(), node));
  }

  /**
   * The rewritten model.
   *
   * @param source the prepared model that was planned
   * @throws CompressException if the plan quantizes a node that the model lacks, or in a way that
   *     the node does not allow
   */
  static Rewritten rewrite(OnnxModel source, ModelPlan plan) {
    return rewrite(source, plan, CodeMemory.heap());
  }

  /** With the codes of weights that are quantized alone in this memory. */
  static Rewritten rewrite(OnnxModel source, ModelPlan plan, CodeMemory memory) {
    return new PlanRewriter(source, plan, memory).rewrite();
  }

  private Rewritten rewrite() {
    QdqModel pairs = QdqRewriter.rewrite(source, qdq());
    QdqModel coded = plan.form() == PlanForm.QOPERATOR ? QOperatorForm.of(pairs) : pairs;
    stored.putAll(coded.stored());
    Optional<DynamicModel> dynamic =
        hasDynamic() ? Optional.of(DynamicEngine.rewrite(coded.model(), plan)) : Optional.empty();
    dynamic.ifPresent(model ->
        model
            .stored()
            .forEach((path, tensors) ->
                tensors.forEach((name, tensor) -> stored.put(path.key(name), tensor))));
    OnnxModel model = weights(dynamic.map(DynamicModel::model).orElse(coded.model()));
    return new Rewritten(model, plan, stored, pairs, coded, dynamic);
  }

  private boolean hasDynamic() {
    return plan.nodes().stream().anyMatch(node -> node.choice() instanceof NodeChoice.Dynamic);
  }

  private OnnxModel weights(OnnxModel model) {
    QuantPlan weights = PlannedWeights.of(model, plan);
    if (weights.quantized() == 0) {
      return model;
    }
    QuantizedModel quantized =
        Rewriter.rewrite(new Prepared(model, List.of()), weights, plan.weightRange(), memory);
    stored.putAll(quantized.stored());
    return quantized.model();
  }

  /** The part of the plan that gives activations fixed ranges. */
  private QdqPlan qdq() {
    List<QdqPlan.PlannedNode> planned = new ArrayList<>();
    for (Node node : source.graph().nodes()) {
      planned.add(new QdqPlan.PlannedNode(node, decision(node)));
    }
    return new QdqPlan(planned, plan.values());
  }

  private NodeDecision decision(Node node) {
    PlannedNode planned = nodes.get(QdqPlan.PlannedNode.nameOf(node));
    if (planned == null) {
      return new NodeDecision.Keep(NodeKeepReason.EXCLUDED, "not in the plan");
    }
    return switch (planned.choice()) {
      case NodeChoice.Static s ->
          new NodeDecision.Quantize(
              weightScheme(node, s.weight()),
              planned.expectedSqnrDb().orElse(Double.POSITIVE_INFINITY));
      case NodeChoice.Absorb(String producer) when isStatic(producer) ->
          new NodeDecision.Absorb(producer);
      case NodeChoice.Keep(NodeKeepReason reason, String detail) ->
          new NodeDecision.Keep(reason, detail);
      case NodeChoice.Absorb absorb -> new NodeDecision.Keep(NodeKeepReason.NOT_BETWEEN_CODES, "");
      case NodeChoice.Dynamic dynamic ->
          new NodeDecision.Keep(NodeKeepReason.NOT_BETWEEN_CODES, "quantized dynamically");
      case NodeChoice.WeightOnly weight ->
          new NodeDecision.Keep(NodeKeepReason.NOT_BETWEEN_CODES, "weights only");
    };
  }

  private boolean isStatic(String name) {
    PlannedNode node = nodes.get(name);
    return node != null && node.choice() instanceof NodeChoice.Static;
  }

  private Optional<QuantScheme> weightScheme(Node node, Optional<WeightChoice> choice) {
    Graph graph = source.graph();
    boolean product = Set.of("Conv", "Gemm", "MatMul").contains(node.opType());
    Tensor weight = product ? graph.initializers().get(node.input(1)) : null;
    if (weight == null) {
      return Optional.empty();
    }
    QuantScheme usual = QdqPlanner.weightScheme(node, weight, STATIC_BITS);
    return Optional.of(choice.map(c -> adapted(node, usual, c)).orElse(usual));
  }

  private static QuantScheme adapted(Node node, QuantScheme usual, WeightChoice choice) {
    boolean perTensor = choice.grouping() instanceof WeightGrouping.PerTensor;
    if (!perTensor && !(choice.grouping() instanceof WeightGrouping.PerChannel)) {
      throw new CompressException(
          "the plan has %s for %s; weights of static nodes are int8, per-channel or per-tensor"
              .formatted(choice, node.describe()));
    }
    if (!choice.symmetric() || choice.bits() < QuantScheme.REDUCED_BITS) {
      throw new CompressException(
          "the plan has %s for %s; weights of static nodes are int8, or int7 for -64…64"
              .formatted(choice, node.describe()));
    }
    Granularity granularity = perTensor ? Granularity.perTensor() : usual.granularity();
    return new QuantScheme(usual.storage(), choice.bits(), true, granularity);
  }
}
