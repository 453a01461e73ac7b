package dev.swage.compress;

import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.onnx.Graph;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.quant.Granularity;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which weights need more scales than one per channel, seen by what their codes lose. */
final class Coarseness {
  /** What the weights of a recurrence lose comes back at every step: they are to lose half. */
  private static final double RECURRENT_DB = 6;

  private static final Dim NAMELESS = new Dim.Symbolic("");

  private final WeightOptions options;
  private final boolean stateful;

  Coarseness(Graph graph, WeightOptions options) {
    this.options = options;
    this.stateful = handsStateOn(graph);
  }

  /** Keys of the weights that need groups; none unless the grouping is adaptive. */
  static Set<String> of(QuantizedModel quantized, WeightOptions options) {
    Set<String> coarse = new HashSet<>();
    if (!(options.grouping() instanceof WeightGrouping.Adaptive)) {
      return coarse;
    }
    Graph graph = quantized.prepared().model().graph();
    Coarseness coarseness = new Coarseness(graph, options);
    Map<String, Weight> weights = new HashMap<>();
    Weight.of(graph).forEach(w -> weights.put(w.key(), w));
    for (WeightOutcome outcome : quantized.weights()) {
      Weight weight = weights.get(outcome.plan().name());
      if (weight != null
          && outcome.sqnrDb().isPresent()
          && outcome.plan().decision() instanceof Quantize how
          && coarseness.isCoarse(weight, how, outcome.sqnrDb().getAsDouble())) {
        coarse.add(weight.key());
      }
    }
    return coarse;
  }

  /**
   * Whether one of several outputs is what one of several inputs is, in type and shape: a state
   * that the next run begins with. Such a model is one step of a recurrence, and all of its weights
   * have their part in the state.
   */
  static boolean handsStateOn(Graph graph) {
    List<ValueInfo> feeds = graph.feeds();
    if (feeds.size() < 2 || graph.outputs().size() < 2) {
      return false;
    }
    return graph.outputs().stream()
        .anyMatch(output -> feeds.stream().anyMatch(feed -> isSameState(feed, output)));
  }

  private static boolean isSameState(ValueInfo feed, ValueInfo output) {
    return feed.dtype().equals(Optional.of(DType.FLOAT32))
        && feed.dtype().equals(output.dtype())
        && isSameShape(feed.dims().orElse(List.of()), output.dims().orElse(List.of()));
  }

  /** Whether an open size may be the fixed one in its place, and some sizes are the same. */
  private static boolean isSameShape(List<Dim> fed, List<Dim> given) {
    if (fed.size() != given.size()) {
      return false;
    }
    boolean same = false;
    for (int axis = 0; axis < fed.size(); axis++) {
      boolean equal = fed.get(axis).equals(given.get(axis));
      if (!equal && isOpen(fed.get(axis)) == isOpen(given.get(axis))) {
        return false;
      }
      same |= equal && !fed.get(axis).equals(NAMELESS);
    }
    return same;
  }

  private static boolean isOpen(Dim dim) {
    return dim instanceof Dim.Symbolic;
  }

  /** Whether a weight with these codes, per channel, needs groups, and is wide enough for them. */
  boolean isCoarse(Weight weight, Quantize how, double sqnrDb) {
    if (!(options.grouping() instanceof WeightGrouping.Adaptive adaptive)
        || !(how.scheme().granularity() instanceof Granularity.PerChannel(int axis))) {
      return false;
    }
    Shape shape = weight.tensor().shape();
    long channels =
        how.form() == WeightForm.STACKED ? shape.dim(0) * shape.dim(1) : channels(shape, how, axis);
    double found = stateful || isRecurrent(weight) ? sqnrDb - RECURRENT_DB : sqnrDb;
    return shape.elements() / channels > adaptive.group()
        && adaptive.isTooCoarse(found, options.bits());
  }

  private static boolean isRecurrent(Weight weight) {
    return weight.uses().stream()
        .map(use -> WeightRole.of(use.node(), use.index()))
        .flatMap(Optional::stream)
        .anyMatch(role -> role == WeightRole.RECURRENT);
  }

  private static long channels(Shape shape, Quantize how, int axis) {
    return shape.dim(how.form() == WeightForm.TRANSPOSED ? 1 - axis : axis);
  }
}
