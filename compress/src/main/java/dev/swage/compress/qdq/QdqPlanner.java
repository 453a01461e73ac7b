package dev.swage.compress.qdq;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.weights.WeightErrors;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Decides which nodes of a model run on 8-bit codes, and what range each of their values covers:
 * weights int8, symmetric, a scale per output channel unless one per weight is asked for;
 * activations of 8 bits, asymmetric, one scale.
 */
public final class QdqPlanner {
  /** Below, a weight's codes save no more bytes than the operators around them take. */
  public static final long FEWEST_ELEMENTS = 200;

  private final Graph graph;
  private final Operands operands;
  private final CodedNodes selection;
  private final CodedValues values;
  private final NodeNoise noise;

  private QdqPlanner(
      Graph graph,
      Calibration calibration,
      QdqOptions options,
      Assignment given,
      WeightErrors errors) {
    this.graph = graph;
    this.operands = new Operands(graph, calibration);
    Eligibility eligibility = new Eligibility(operands, given);
    ValueParts parts = new ValueParts(operands);
    IdentityHashMap<Node, Keep> refused = new IdentityHashMap<>();
    CodedNodes nodes;
    CodedValues coded;
    NodeNoise expected;
    IdentityHashMap<Node, Keep> more;
    do {
      nodes = new CodedNodes(graph, operands, eligibility, refused);
      coded = new CodedValues(graph, nodes, operands, options);
      expected = new NodeNoise(nodes, coded, parts, operands, options, errors);
      more = new Refusals(graph, operands, nodes, coded, parts, expected).find();
      refused.putAll(more);
    } while (!more.isEmpty());
    this.selection = nodes;
    this.values = coded;
    this.noise = expected;
  }

  /**
   * What can become codes in the main graph.
   *
   * @param nodes a choice for each node of the main graph
   * @param values the values that become codes, in the order they are computed
   */
  public record Proposal(List<PlannedNode> nodes, List<PlannedValue> values) {
    public Proposal {
      nodes = List.copyOf(nodes);
      values = List.copyOf(values);
    }
  }

  /**
   * What can become codes in a graph.
   *
   * @param calibration statistics of the graph's values; nodes without are kept
   * @param given nodes that were decided to be kept, or to be quantized in other ways
   * @param errors what codes of weights lose
   * @throws CompressException if a weight holds NaN or infinities
   */
  public static Proposal plan(
      Graph graph,
      Calibration calibration,
      QdqOptions options,
      Assignment given,
      WeightErrors errors) {
    return new QdqPlanner(graph, calibration, options, given, errors).plan();
  }

  private Proposal plan() {
    return new Proposal(graph.nodes().stream().map(this::decide).toList(), values.planned());
  }

  private PlannedNode decide(Node node) {
    String name = PlannedNode.nameOf(node);
    Optional<Node> absorber = selection.absorber(node);
    if (absorber.isPresent()) {
      NodeChoice absorb = new NodeChoice.Absorb(PlannedNode.nameOf(absorber.get()));
      return PlannedNode.of(name, node.opType(), absorb);
    }
    if (!selection.isChosen(node)) {
      return PlannedNode.of(name, node.opType(), selection.kept(node));
    }
    return new PlannedNode(
        name,
        node.opType(),
        new NodeChoice.Static(noise.slot(node).stream().toList()),
        OptionalDouble.of(ExpectedNoise.decibels(noise.of(node))));
  }
}
