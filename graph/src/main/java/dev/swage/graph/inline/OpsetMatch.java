package dev.swage.graph.inline;

import dev.swage.graph.facts.InferredTypes;
import dev.swage.graph.opset.OpsetRaise;
import dev.swage.graph.pass.ChangeLog;
import dev.swage.graph.pass.PassContext;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Function;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.onnx.op.OperatorSchema;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes the body of a function in the operator sets of the graph it goes into. Where the function
 * is in an earlier version of ONNX's own, it is raised as models are; else its operators must be
 * the same in both.
 *
 * @param newest the newest version of each domain that a function of the model imports, for domains
 *     that the graph does not import
 */
record OpsetMatch(
    Map<String, Long> newest,
    FreshNames names,
    ChangeLog log,
    java.util.function.Function<OnnxModel, Optional<List<ValueInfo>>> loading) {
  static OpsetMatch of(
      OnnxModel model,
      FreshNames names,
      ChangeLog log,
      java.util.function.Function<OnnxModel, Optional<List<ValueInfo>>> loading) {
    Map<String, Long> newest = new HashMap<>();
    model
        .functions()
        .forEach(function ->
            function
                .opsets()
                .forEach((domain, version) -> newest.merge(domain, version, Math::max)));
    return new OpsetMatch(newest, names, log, loading);
  }

  /** The version of a domain at a level, which imports it from now on. */
  long version(String domain, Level level) {
    return level
        .opsets()
        .computeIfAbsent(domain, missing -> newest.getOrDefault(missing, OnnxModel.DEFAULT_OPSET));
  }

  /**
   * Brings a finished body to the level it goes into.
   *
   * @param from the body's level
   * @return the body in the operator sets of {@code to}
   * @throws OnnxException naming the function and a node that cannot be written there
   */
  Graph apply(Function function, Level from, Level to) {
    Graph body = from.graph();
    try {
      for (String domain : domains(body)) {
        long written = version(domain, from);
        long wanted = version(domain, to);
        if (domain.isEmpty() && written < wanted) {
          body = raised(body, from, wanted);
        } else if (written != wanted) {
          body.walk(graph ->
              graph.nodes().stream()
                  .filter(node -> node.domain().equals(domain))
                  .forEach(node -> requireSame(node, written, wanted)));
        }
      }
    } catch (OnnxException e) {
      throw new OnnxException(function.describe() + ": " + e.getMessage(), e);
    }
    return body;
  }

  private static Set<String> domains(Graph body) {
    Set<String> domains = new LinkedHashSet<>();
    body.walk(graph -> graph.nodes().forEach(node -> domains.add(node.domain())));
    return domains;
  }

  private Graph raised(Graph body, Level level, long to) {
    long from = version("", level);
    InferredTypes facts = changes(body, from, to) ? level.facts(loading) : new InferredTypes();
    PassContext context = new PassContext(level.asModel(body), facts, names, log);
    return new OpsetRaise(from, to).everywhere(body, level.around(), context);
  }

  private static boolean changes(Graph body, long from, long to) {
    boolean[] changed = {false};
    body.walk(
        graph -> changed[0] |= graph.nodes().stream().anyMatch(node -> changes(node, from, to)));
    return changed[0];
  }

  private static boolean changes(Node node, long from, long to) {
    return !OperatorFacts.of(node).changes().subSet(from, false, to, true).isEmpty();
  }

  private static void requireSame(Node node, long written, long wanted) {
    Optional<OperatorSchema> before = OperatorSchema.find(node.domain(), node.opType(), written);
    Optional<OperatorSchema> after = OperatorSchema.find(node.domain(), node.opType(), wanted);
    boolean same = before.isPresent() && before.equals(after);
    if (!same && after.isPresent() && node.domain().isEmpty() && !changes(node, wanted, written)) {
      after.get().check(node);
      same = true;
    }
    if (!same) {
      throw new OnnxException(
          "%s is written for version %d of %s, its caller for %d, where the operator is another; export the model in one operator set"
              .formatted(
                  node.describe(),
                  written,
                  node.domain().isEmpty() ? "ai.onnx" : node.domain(),
                  wanted));
    }
  }
}
