package dev.swage.compress.weights;

import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.onnx.Graph;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.onnx.op.WeightKind;
import dev.swage.quant.Granularity;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.List;
import java.util.Optional;

/**
 * Which weights need more scales than one per channel, seen by what their codes lose. It is known
 * before anything is written.
 */
final class GroupNeed {
  /** What the weights of a recurrence lose comes back at every step: they are to lose half. */
  private static final double RECURRENT_DB = 6;

  private static final Dim NAMELESS = new Dim.Symbolic("");

  private final WeightGrouping grouping;
  private final WeightErrors errors;
  private final boolean stateful;

  GroupNeed(Graph graph, WeightGrouping grouping, WeightErrors errors) {
    this.grouping = grouping;
    this.errors = errors;
    this.stateful = handsStateOn(graph);
  }

  /** Whether a weight needs groups rather than these codes per channel, and is wide enough. */
  boolean isNeeded(Weight weight, WeightSlot channels) {
    if (!(grouping instanceof WeightGrouping.Adaptive adaptive)
        || !(channels.scheme().granularity() instanceof Granularity.PerChannel)) {
      return false;
    }
    Shape shape = weight.tensor().shape();
    Shape scales =
        WeightLayout.ownScheme(channels)
            .granularity()
            .paramShape(WeightLayout.own(weight.tensor(), channels.form()).shape());
    if (shape.elements() / scales.elements() <= adaptive.group()) {
      return false;
    }
    double found = errors.decibels(weight.tensor(), channels);
    boolean recurrent = stateful || weight.kinds().contains(WeightKind.RECURRENT);
    return adaptive.isTooCoarse(recurrent ? found - RECURRENT_DB : found, channels.scheme().bits());
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
}
