package dev.swage.compress;

import dev.swage.compress.ModelPlan.PlannedNode;
import dev.swage.compress.calibrate.ModelHash;
import dev.swage.compress.qdq.QdqPlan;
import dev.swage.compress.qdq.QdqPlan.PlannedValue;
import dev.swage.data.Suggestion;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Whether a plan that was stored, and perhaps edited, is one for a model and can be carried out.
 */
final class PlanCheck {

  private PlanCheck() {}

  /**
   * Fails unless it is.
   *
   * @throws CompressException naming the hashes, or the node
   */
  static void require(ModelPlan plan, SourceModel source) {
    if (!plan.modelSha256().equals(source.sha256())) {
      throw new CompressException(
          "the plan was made for %s (SHA-256 %s…), not for %s (%s…): plan again"
              .formatted(
                  plan.model(),
                  ModelHash.shown(plan.modelSha256()),
                  source.path(),
                  ModelHash.shown(source.sha256())));
    }
    Map<String, String> operators = new HashMap<>();
    GraphPath.walk(
        source.model().graph(),
        (path, graph) ->
            graph
                .nodes()
                .forEach(node ->
                    operators.put(path.key(QdqPlan.PlannedNode.nameOf(node)), node.opType())));
    for (PlannedNode node : plan.nodes()) {
      requireKnown(node, operators, source);
    }
    requireKnownValues(plan, source);
    ChoiceCheck.require(plan, source.model());
    if (plan.quantized() == 0) {
      throw new CompressException("the plan quantizes no node: " + plan.kept());
    }
  }

  private static void requireKnown(
      PlannedNode node, Map<String, String> operators, SourceModel source) {
    String operator = operators.get(node.name());
    if (operator == null) {
      throw new CompressException(
          "the plan names node '%s', which the prepared %s lacks; %s"
              .formatted(
                  node.name(),
                  source.path(),
                  Suggestion.nearest(node.name(), operators.keySet())
                      .map(near -> "did you mean '" + near + "'?")
                      .orElse("swage plan lists its nodes")));
    }
    if (!node.operator().isEmpty() && !node.operator().equals(operator)) {
      throw new CompressException(
          "the plan has node '%s' as %s, in the prepared %s it is %s"
              .formatted(node.name(), node.operator(), source.path(), operator));
    }
  }

  private static void requireKnownValues(ModelPlan plan, SourceModel source) {
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
