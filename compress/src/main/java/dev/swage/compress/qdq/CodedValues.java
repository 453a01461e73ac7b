package dev.swage.compress.qdq;

import dev.swage.compress.plan.PlannedValue;
import dev.swage.onnx.Graph;
import dev.swage.quant.Histogram;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.ActivationStatistics;
import dev.swage.quant.range.Range;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The values that become codes where some nodes do, and the ranges that these codes cover. */
final class CodedValues {
  private final Operands operands;
  private final QdqOptions options;
  private final List<String> values;
  private final ValueGroups groups;
  private final Map<String, Range> ranges = new HashMap<>();
  private final Map<String, Double> noise = new HashMap<>();

  CodedValues(Graph graph, CodedNodes selection, Operands operands, QdqOptions options) {
    this.operands = operands;
    this.options = options;
    this.values = selection.values();
    this.groups = new ValueGroups(graph, selection, operands, values);
  }

  /** In the order they are computed. */
  List<PlannedValue> planned() {
    return values.stream().map(this::planned).toList();
  }

  private PlannedValue planned(String name) {
    double db = ExpectedNoise.decibels(noise(name));
    String group = groups.group(name);
    return new PlannedValue(name, range(group), options.activations(), codes(name), group, db);
  }

  boolean contains(String value) {
    return values.contains(value);
  }

  /** The members of a value's group that have codes of their own, and do not take them over. */
  List<String> sources(String value) {
    return groups.sources(groups.group(value));
  }

  /** What a value's codes stand for; its own or those of its group. */
  ScaleZeroPoint codes(String value) {
    Range range = range(groups.group(value));
    return ScaleZeroPoint.of(range.min(), range.max(), options.activations());
  }

  /** Noise to signal of a value in its codes; 0 where it stays as it is. */
  double noise(String value) {
    return contains(value)
        ? noise.computeIfAbsent(value, name -> noise(statistics(name).histogram(), codes(name)))
        : 0;
  }

  /** Noise to signal of what was observed somewhere, in these codes. */
  double noise(Histogram histogram, ScaleZeroPoint codes) {
    return ExpectedNoise.relative(histogram, codes, options.activations());
  }

  /** The same in codes for just that. */
  double ownNoise(ActivationStatistics statistics) {
    QuantScheme scheme = options.activations();
    Range range = options.estimator().range(statistics, scheme);
    return noise(statistics.histogram(), ScaleZeroPoint.of(range.min(), range.max(), scheme));
  }

  private ActivationStatistics statistics(String value) {
    return operands
        .observed(value)
        .orElseThrow(() -> new IllegalStateException("planned without statistics: " + value))
        .statistics();
  }

  private Range range(String group) {
    Range known = ranges.get(group);
    if (known != null) {
      return known;
    }
    Range union = Range.zero();
    for (String source : groups.sources(group)) {
      Range own = ownRange(source);
      union = new Range(Math.min(union.min(), own.min()), Math.max(union.max(), own.max()));
    }
    ranges.put(group, union);
    return union;
  }

  private Range ownRange(String value) {
    Range range = options.estimator().range(statistics(value), options.activations());
    return operands
        .index()
        .producer(value)
        .map(producer -> NaturalRange.within(range, producer))
        .orElse(range);
  }
}
