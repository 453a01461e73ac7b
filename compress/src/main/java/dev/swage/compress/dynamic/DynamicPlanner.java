package dev.swage.compress.dynamic;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.WeightChoice;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.WeightErrors;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

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
  private final Assignment given;
  private final WeightErrors errors;

  private DynamicPlanner(
      Graph graph, DynamicOptions options, Assignment given, WeightErrors errors) {
    this.scopes = new Scopes(graph);
    this.options = options;
    this.eligibility = new DynamicEligibility(scopes, options, given);
    this.given = given;
    this.errors = errors;
  }

  /**
   * A choice for each node of a model's graph and those within it. What is expected of a quantized
   * node's output is what the weight's codes leave of it: those of activations are fitted while the
   * model runs.
   *
   * @param given nodes that were decided to be kept, or to be quantized in other ways
   * @param errors what codes of weights lose
   * @throws CompressException if a weight holds NaN or infinities
   */
  public static List<PlannedNode> plan(
      Graph graph, DynamicOptions options, Assignment given, WeightErrors errors) {
    DynamicPlanner planner = new DynamicPlanner(graph, options, given, errors);
    List<PlannedNode> nodes = new ArrayList<>();
    GraphPath.walk(
        graph,
        (path, within) -> within.nodes().forEach(node -> nodes.add(planner.decide(path, node))));
    return nodes;
  }

  /** Why nodes cannot become codes, by their planned names; weights are not looked into. */
  public static Map<String, Keep> obstacles(Graph graph, DynamicOptions options) {
    DynamicEligibility eligibility =
        new DynamicEligibility(new Scopes(graph), options, Assignment.none());
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

  /**
   * The slots of nodes that a plan which was edited quantizes this way.
   *
   * @param choices of weights, by the nodes' planned names
   * @throws CompressException if a node's kernel takes no such weights
   */
  public static Map<String, List<WeightSlot>> slots(
      Graph graph, Map<String, WeightChoice> choices) {
    Scopes scopes = new Scopes(graph);
    Map<String, List<WeightSlot>> slots = new HashMap<>();
    GraphPath.walk(
        graph,
        (path, within) -> {
          for (Node node : within.nodes()) {
            String name = PlannedNode.nameOf(path, node);
            WeightChoice choice = choices.get(name);
            if (choice != null) {
              slots.put(name, DynamicSlots.of(name, node, weights(scopes, path, node), choice));
            }
          }
        });
    return slots;
  }

  private PlannedNode decide(GraphPath path, Node node) {
    String name = PlannedNode.nameOf(path, node);
    Optional<Keep> obstacle = eligibility.obstacle(path, node);
    if (obstacle.isPresent()) {
      return PlannedNode.of(name, node.opType(), obstacle.get());
    }
    Map<Integer, Scopes.Constant> weights = weights(scopes, path, node);
    List<WeightSlot> decided = given.slots(name);
    List<WeightSlot> slots =
        decided.isEmpty()
            ? DynamicSlots.of(node, weights, options.perTensor(), options.reducedWeights())
            : decided;
    double worst = Double.POSITIVE_INFINITY;
    for (WeightSlot slot : slots) {
      Scopes.Constant weight = Objects.requireNonNull(weights.get(slot.input()));
      worst = Math.min(worst, errors.decibels(weight.tensor(), slot));
    }
    return new PlannedNode(
        name, node.opType(), new NodeChoice.Dynamic(slots), OptionalDouble.of(worst));
  }

  private static Map<Integer, Scopes.Constant> weights(Scopes scopes, GraphPath path, Node node) {
    Map<Integer, Scopes.Constant> weights = new LinkedHashMap<>();
    for (int index : DynamicOperator.of(node).weights()) {
      scopes.constant(path, node.input(index)).ifPresent(found -> weights.put(index, found));
    }
    return weights;
  }
}
