package dev.swage.compress;

import dev.swage.compress.ModelPlan.PlannedNode;
import dev.swage.compress.qdq.QdqPlan;
import dev.swage.data.Suggestion;
import dev.swage.onnx.GraphPath;
import java.util.HashMap;
import java.util.Map;

/** Whether a plan that was stored, and perhaps edited, is one for a model. */
final class PlanCheck {
  private static final int SHOWN = 12;

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
                  plan.model(), shown(plan.modelSha256()), source.path(), shown(source.sha256())));
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

  private static String shown(String hash) {
    return hash.substring(0, Math.min(SHOWN, hash.length()));
  }
}
