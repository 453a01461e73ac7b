package dev.swage.compress.planner;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.ModelHash;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanDocument;
import dev.swage.compress.plan.PlanDocument.Entry;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.weights.Weight;
import dev.swage.data.Suggestion;
import dev.swage.graph.PreparationOptions;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Holds a plan that was stored, and perhaps edited, against its model: whether it is one for the
 * model and can be carried out, and what exactly becomes of each node then.
 */
public final class PlanResolution {
  private PlanResolution() {}

  /**
   * The plan with weights resolved. A node that is to be absorbed by one that is not quantized any
   * more is kept; so is one whose weight others read in other codes.
   *
   * @throws CompressException naming the hashes, or the node, and what it can be
   */
  public static ModelPlan of(PlanDocument document, SourceModel source) {
    require(document, source);
    List<PlannedNode> nodes =
        SharedWeights.settle(
            ChoiceResolver.resolve(document, source.model()), Weight.of(source.model().graph()));
    ModelPlanner.Header header =
        new ModelPlanner.Header(
            document.objective(), document.form(), document.range(), document.weightRange());
    ModelPlan plan = ModelPlanner.plan(source, header, nodes, document.values(), List.of());
    if (plan.quantized() == 0) {
      throw new CompressException("the plan quantizes no node: " + plan.kept());
    }
    return plan;
  }

  /** How a model is prepared for a plan: as it was when the plan was made. */
  public static PreparationOptions preparation(PlanDocument plan) {
    return PreparationOptions.defaults()
        .withOpset(plan.opset())
        .withIntegerForms(plan.fixesRanges())
        .withDenseShuffles(plan.objective() == Objective.SPEED)
        .withCopies(!plan.isWeightsAlone());
  }

  /**
   * Refuses a plan that was made for another file.
   *
   * @param path what errors call the model
   * @throws CompressException naming both hashes
   */
  public static void requireHash(PlanDocument plan, ModelHash hash, String path) {
    if (!plan.modelSha256().equals(hash.digits())) {
      throw new CompressException(
          "the plan was made for %s (SHA-256 %s…), not for %s (%s…): plan again"
              .formatted(
                  plan.model(),
                  ModelHash.shown(plan.modelSha256()),
                  path,
                  ModelHash.shown(hash.digits())));
    }
  }

  private static void require(PlanDocument plan, SourceModel source) {
    requireHash(plan, source.hash(), source.path().toString());
    Map<String, String> operators = new HashMap<>();
    GraphPath.walk(
        source.model().graph(),
        (path, graph) ->
            graph
                .nodes()
                .forEach(node -> operators.put(path.key(PlannedNode.nameOf(node)), node.opType())));
    for (Entry entry : plan.nodes()) {
      requireKnown(entry, operators, source);
    }
    requireKnownValues(plan, source);
  }

  private static void requireKnown(Entry node, Map<String, String> operators, SourceModel source) {
    String operator = operators.get(node.node());
    if (operator == null) {
      throw new CompressException(
          "the plan names node '%s', which the prepared %s lacks; %s"
              .formatted(
                  node.node(),
                  source.path(),
                  Suggestion.nearest(node.node(), operators.keySet())
                      .map(near -> "did you mean '" + near + "'?")
                      .orElse("swage plan lists its nodes")));
    }
    if (!node.operator().isEmpty() && !node.operator().equals(operator)) {
      throw new CompressException(
          "the plan has node '%s' as %s, in the prepared %s it is %s"
              .formatted(node.node(), node.operator(), source.path(), operator));
    }
  }

  private static void requireKnownValues(PlanDocument plan, SourceModel source) {
    Graph graph = source.model().graph();
    Set<String> known = new HashSet<>();
    graph.feeds().forEach(feed -> known.add(feed.name()));
    graph.nodes().forEach(node -> known.addAll(node.outputs()));
    for (PlannedValue value : plan.values()) {
      if (!known.contains(value.name())) {
        throw new CompressException(
            "the plan has codes for value '%s', which the prepared %s lacks; %s"
                .formatted(
                    value.name(),
                    source.path(),
                    Suggestion.nearest(value.name(), known)
                        .map(near -> "did you mean '" + near + "'?")
                        .orElse("swage plan lists its values")));
      }
    }
  }
}
