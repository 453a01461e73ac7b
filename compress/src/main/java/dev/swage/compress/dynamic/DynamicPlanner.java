package dev.swage.compress.dynamic;

import dev.swage.compress.dynamic.DynamicPlan.PlannedNode;
import dev.swage.compress.qdq.NodeDecision;
import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantError;
import dev.swage.quant.QuantScheme;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decides which nodes of a model compute with codes of their weights and, fitted at every run, of
 * their activations: MatMul and Gemm with constant weights, LSTM in {@link DynamicForm#CONTRIB},
 * Gather from constant tables, whose rows are looked up as codes, and Conv where asked for. Weights
 * are symmetric with a scale per output channel, or per row of a table: int8, for Conv uint8. Those
 * of products and convolutions have one scale where asked for.
 *
 * <p>Products of two activations are kept: ONNX Runtime would fuse their integers, but codes for
 * the second factor, fitted and packed at every run, cost more than the product gains (measured on
 * an AVX-512 VNNI machine, attention of 16 to 512 steps: 1.1 to 1.6 times the time in floats).
 */
public final class DynamicPlanner {
  private final Scopes scopes;
  private final DynamicOptions options;
  private final DynamicEligibility eligibility;

  private DynamicPlanner(Scopes scopes, DynamicOptions options, DynamicEligibility eligibility) {
    this.scopes = scopes;
    this.options = options;
    this.eligibility = eligibility;
  }

  /**
   * The plan for a model's graph and those within it.
   *
   * @throws IllegalArgumentException if a weight is not finite
   */
  public static DynamicPlan plan(Graph graph, DynamicOptions options) {
    return plan(graph, options, Map.of());
  }

  /**
   * As {@link #plan(Graph, DynamicOptions)}, with nodes that were decided to be kept before.
   *
   * @param given by the nodes' planned names
   */
  public static DynamicPlan plan(Graph graph, DynamicOptions options, Map<String, Keep> given) {
    Scopes scopes = new Scopes(graph);
    DynamicEligibility eligibility = new DynamicEligibility(scopes, options, given);
    DynamicPlanner planner = new DynamicPlanner(scopes, options, eligibility);
    List<PlannedNode> nodes = new ArrayList<>();
    GraphPath.walk(
        graph,
        (path, within) ->
            within
                .nodes()
                .forEach(
                    node -> nodes.add(new PlannedNode(path, node, planner.decide(path, node)))));
    return new DynamicPlan(planner.options.form(), nodes);
  }

  /** Why nodes cannot become codes, by their planned names; weights are not looked into. */
  public static Map<String, Keep> obstacles(Graph graph, DynamicOptions options) {
    DynamicEligibility eligibility = new DynamicEligibility(new Scopes(graph), options, Map.of());
    Map<String, Keep> obstacles = new HashMap<>();
    GraphPath.walk(
        graph,
        (path, within) -> {
          for (Node node : within.nodes()) {
            eligibility
                .obstacle(path, node)
                .ifPresent(keep -> obstacles.put(PlannedNode.nameOf(path, node), keep));
          }
        });
    return obstacles;
  }

  private NodeDecision decide(GraphPath path, Node node) {
    Optional<Keep> obstacle = eligibility.obstacle(path, node);
    return obstacle.isPresent() ? obstacle.get() : quantize(path, node);
  }

  private NodeDecision quantize(GraphPath path, Node node) {
    DynamicOperator operator = DynamicOperator.of(node);
    double noise = 0;
    QuantScheme scheme = null;
    for (int index : operator.weights()) {
      Scopes.Constant weight = scopes.constant(path, node.input(index)).orElseThrow();
      scheme = scheme(node, operator.scheme(node, weight.tensor()));
      double relative = error(node, weight, operator, scheme);
      noise = Math.max(noise, relative * relative);
    }
    return new NodeDecision.Quantize(
        Optional.ofNullable(scheme),
        noise == 0 ? Double.POSITIVE_INFINITY : -10 * Math.log10(noise));
  }

  private QuantScheme scheme(Node node, QuantScheme usual) {
    QuantScheme shared = options.perTensor() ? perTensor(node, usual).orElse(usual) : usual;
    return options.reducedWeights() ? reduced(node, shared).orElse(shared) : shared;
  }

  /**
   * A node's usual scheme with one scale for the whole weight; empty where its operator has no
   * kernel for that: LSTM and Gather.
   */
  public static Optional<QuantScheme> perTensor(Node node, QuantScheme usual) {
    return DynamicOperator.of(node).takesOneScale()
        ? Optional.of(
            new QuantScheme(
                usual.storage(), usual.bits(), usual.symmetric(), Granularity.perTensor()))
        : Optional.empty();
  }

  /**
   * A node's scheme with the codes −64…64; empty where its kernel has no use for that: of Conv,
   * whose codes are unsigned, and Gather.
   */
  public static Optional<QuantScheme> reduced(Node node, QuantScheme usual) {
    return DynamicOperator.of(node).multipliesSigned()
        ? Optional.of(
            new QuantScheme(
                usual.storage(), QuantScheme.REDUCED_BITS, usual.symmetric(), usual.granularity()))
        : Optional.empty();
  }

  private static double error(
      Node node, Scopes.Constant weight, DynamicOperator operator, QuantScheme scheme) {
    try {
      CodedWeight coded = CodedWeight.of(weight.tensor(), operator, scheme);
      return QuantError.of(coded.floats(), coded.quantized()).relativeError();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "weight '%s' of %s: %s; train again or exclude the weight"
              .formatted(weight.name(), node.describe(), e.getMessage()),
          e);
    }
  }
}
