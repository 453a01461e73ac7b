package dev.swage.compress.qdq;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.TensorCalibration;
import dev.swage.compress.qdq.QdqPlan.PlannedNode;
import dev.swage.compress.qdq.QdqPlan.PlannedValue;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantError;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.Range;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
  private final Selection selection;
  private final ValueGroups groups;
  private final List<String> values;
  private final QdqOptions options;
  private final Map<String, Range> ranges = new HashMap<>();

  private QdqPlanner(
      Graph graph,
      Calibration calibration,
      QdqOptions options,
      Map<String, NodeDecision.Keep> given) {
    this.graph = graph;
    this.options = options;
    this.operands = new Operands(graph, calibration);
    this.selection =
        new Selection(graph, operands, new Eligibility(operands, options.exclude(), given));
    this.values = selection.values();
    this.groups = new ValueGroups(graph, selection, operands, values);
  }

  /**
   * The plan for a graph.
   *
   * @param calibration statistics of the graph's values; nodes without are kept
   */
  public static QdqPlan plan(Graph graph, Calibration calibration, QdqOptions options) {
    return plan(graph, calibration, options, Map.of());
  }

  /**
   * As {@link #plan(Graph, Calibration, QdqOptions)}, with nodes that were decided to be kept
   * before.
   *
   * @param given by the nodes' planned names
   */
  public static QdqPlan plan(
      Graph graph,
      Calibration calibration,
      QdqOptions options,
      Map<String, NodeDecision.Keep> given) {
    return new QdqPlanner(graph, calibration, options, given).plan();
  }

  private QdqPlan plan() {
    List<PlannedValue> plannedValues = values.stream().map(this::value).toList();
    Map<String, Double> noise = new HashMap<>();
    plannedValues.forEach(v -> noise.put(v.name(), Math.pow(10, -v.expectedSqnrDb() / 10)));
    List<PlannedNode> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      nodes.add(new PlannedNode(node, decide(node, noise)));
    }
    return new QdqPlan(nodes, plannedValues);
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

  private NodeDecision decide(Node node, Map<String, Double> noise) {
    Optional<Node> absorber = selection.absorber(node);
    if (absorber.isPresent()) {
      return new NodeDecision.Absorb(new PlannedNode(absorber.get(), selection.kept(node)).name());
    }
    if (!selection.isChosen(node)) {
      return selection.kept(node);
    }
    double sum = 0;
    for (String operand : operands.activations(node)) {
      sum += noise.getOrDefault(operand, 0.0);
    }
    for (String output : node.outputs()) {
      sum += noise.getOrDefault(selection.written(output), 0.0);
    }
    Optional<Tensor> weight = operands.weight(node);
    Optional<QuantScheme> scheme = weight.map(tensor -> weightScheme(node, tensor));
    if (weight.isPresent()) {
      double relative = weightError(node, weight.get(), scheme.orElseThrow());
      sum += relative * relative;
    }
    return new NodeDecision.Quantize(scheme, ExpectedNoise.decibels(sum));
  }

  private QuantScheme weightScheme(Node node, Tensor weight) {
    return options.perTensor()
        ? QuantScheme.symmetric(options.weightBits(), Granularity.perTensor())
        : weightScheme(node, weight, options.weightBits());
  }

  private static double weightError(Node node, Tensor weight, QuantScheme scheme) {
    try {
      return QuantError.of(weight, Quantizer.quantize(weight, scheme, RangeEstimator.minMax()))
          .relativeError();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "weight '%s' of %s: %s; train again or exclude the weight"
              .formatted(node.input(1), node.describe(), e.getMessage()),
          e);
    }
  }

  /** The scheme of a node's constant factor: a scale per output channel where there are any. */
  public static QuantScheme weightScheme(Node node, Tensor weight, int bits) {
    return QuantScheme.symmetric(
        bits,
        Operands.channelAxis(node, weight)
            .map(Granularity::perChannel)
            .orElseGet(Granularity::perTensor));
  }
}
