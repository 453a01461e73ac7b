package dev.swage.compress.qdq;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.TensorCalibration;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.WeightErrors;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.Range;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private final ValueGroups groups;
  private final List<String> values;
  private final QdqOptions options;
  private final WeightErrors errors;
  private final Map<String, Range> ranges = new HashMap<>();

  private QdqPlanner(
      Graph graph,
      Calibration calibration,
      QdqOptions options,
      Assignment given,
      WeightErrors errors) {
    this.graph = graph;
    this.options = options;
    this.errors = errors;
    this.operands = new Operands(graph, calibration);
    this.selection = new CodedNodes(graph, operands, new Eligibility(operands, given));
    this.values = selection.values();
    this.groups = new ValueGroups(graph, selection, operands, values);
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
    List<PlannedValue> plannedValues = values.stream().map(this::value).toList();
    Map<String, Double> noise = new HashMap<>();
    plannedValues.forEach(v -> noise.put(v.name(), Math.pow(10, -v.expectedSqnrDb() / 10)));
    return new Proposal(
        graph.nodes().stream().map(node -> decide(node, noise)).toList(), plannedValues);
  }

  private PlannedValue value(String name) {
    String group = groups.group(name);
    Range range = ranges.computeIfAbsent(group, this::range);
    QuantScheme scheme = options.activations();
    ScaleZeroPoint codes = ScaleZeroPoint.of(range.min(), range.max(), scheme);
    double noise = ExpectedNoise.relative(statistics(name).statistics().histogram(), codes, scheme);
    return new PlannedValue(name, range, scheme, codes, group, ExpectedNoise.decibels(noise));
  }

  private Range range(String group) {
    Range union = Range.zero();
    for (String source : groups.sources(group)) {
      Range own = ownRange(source);
      union = new Range(Math.min(union.min(), own.min()), Math.max(union.max(), own.max()));
    }
    return union;
  }

  private Range ownRange(String value) {
    boolean fixed =
        operands.index().producer(value).filter(OperatorKind::isProbability).isPresent();
    return fixed
        ? new Range(0, 1)
        : options.estimator().range(statistics(value).statistics(), options.activations());
  }

  private TensorCalibration statistics(String value) {
    return operands
        .observed(value)
        .orElseThrow(() -> new IllegalStateException("planned without statistics: " + value));
  }

  private PlannedNode decide(Node node, Map<String, Double> noise) {
    String name = PlannedNode.nameOf(node);
    Optional<Node> absorber = selection.absorber(node);
    if (absorber.isPresent()) {
      NodeChoice absorb = new NodeChoice.Absorb(PlannedNode.nameOf(absorber.get()));
      return PlannedNode.of(name, node.opType(), absorb);
    }
    if (!selection.isChosen(node)) {
      return PlannedNode.of(name, node.opType(), selection.kept(node));
    }
    double sum = 0;
    for (String operand : operands.activations(node)) {
      sum += noise.getOrDefault(operand, 0.0);
    }
    for (String output : node.outputs()) {
      sum += noise.getOrDefault(selection.written(output), 0.0);
    }
    List<WeightSlot> slots = new ArrayList<>();
    Optional<Tensor> weight = operands.weight(node);
    if (weight.isPresent()) {
      slots.add(StaticSlots.of(node, weight.get(), options.weightBits(), options.perTensor()));
      double relative = errors.relative(weight.get(), slots.getFirst());
      sum += relative * relative;
    }
    return new PlannedNode(
        name,
        node.opType(),
        new NodeChoice.Static(slots),
        OptionalDouble.of(ExpectedNoise.decibels(sum)));
  }
}
