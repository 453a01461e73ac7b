package dev.swage.train.quantize;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What quantizers do over the steps of a run, counted from 0.
 *
 * @param start step from which on values become codes. Before it they pass as floats; at it scales
 *     begin anew, those of weights from the weights, those of activations from the ranges that were
 *     observed until then
 * @param freeze step from which on scales and zero points stay as they are, whatever moves them:
 *     the range of a weight, a moving average, gradients. Weights are trained on
 * @param statistics step from which on batch norm that could not be folded normalises with its
 *     running statistics and leaves them
 * @param oscillation what is done about weights whose codes change again and again
 */
public record QuantizerSchedule(
    long start, OptionalLong freeze, OptionalLong statistics, Optional<Oscillation> oscillation) {
  /** Codes from the first step to the last, with scales that move. */
  public static final QuantizerSchedule CONSTANT =
      new QuantizerSchedule(0, OptionalLong.empty(), OptionalLong.empty(), Optional.empty());

  public QuantizerSchedule {
    require("start", start);
    freeze.ifPresent(step -> require("freeze", step));
    statistics.ifPresent(step -> require("statistics", step));
    if (freeze.isPresent() && freeze.getAsLong() < start) {
      throw new IllegalArgumentException(
          "scales that freeze at step %d have not begun: codes start at step %d; freeze them then or later"
              .formatted(freeze.getAsLong(), start));
    }
  }

  private static void require(String name, long step) {
    if (step < 0) {
      throw new IllegalArgumentException(name + " must be a step from 0 on, got " + step);
    }
  }

  /** Floats until this step. */
  public QuantizerSchedule startingAt(long step) {
    return new QuantizerSchedule(step, freeze, statistics, oscillation);
  }

  /** Scales and zero points stay as they are from this step on. */
  public QuantizerSchedule freezingAt(long step) {
    return new QuantizerSchedule(start, OptionalLong.of(step), statistics, oscillation);
  }

  /** Running statistics of batch norm stay as they are from this step on. */
  public QuantizerSchedule freezingStatisticsAt(long step) {
    return new QuantizerSchedule(start, freeze, OptionalLong.of(step), oscillation);
  }

  /** Does something about codes that oscillate. */
  public QuantizerSchedule against(Oscillation choice) {
    return new QuantizerSchedule(start, freeze, statistics, Optional.of(choice));
  }

  /** The same, doing nothing about codes that oscillate. */
  public QuantizerSchedule leavingOscillations() {
    return new QuantizerSchedule(start, freeze, statistics, Optional.empty());
  }

  /** Whether values pass as floats in the beginning. */
  public boolean startsLater() {
    return start > 0;
  }

  /** What quantizers do once so many steps were taken. */
  public QuantizerPhase phase(long steps) {
    if (steps < start) {
      return QuantizerPhase.floats(steps);
    }
    return freeze.isPresent() && steps >= freeze.getAsLong()
        ? QuantizerPhase.FROZEN
        : QuantizerPhase.CODES;
  }

  /** Whether running statistics stay as they are once so many steps were taken. */
  public boolean freezesStatistics(long steps) {
    return statistics.isPresent() && steps >= statistics.getAsLong();
  }

  /**
   * Names of the scales, zero points and ranges that change at a step of this schedule, and not by
   * gradients.
   *
   * @param trained what gradients change
   */
  public Set<String> changed(Graph graph, Set<String> trained) {
    Set<String> changed = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      if (FakeQuantize.is(node) && (startsLater() || freezes(node, trained))) {
        node.inputs().stream()
            .skip(1)
            .filter(name -> graph.initializers().containsKey(name) && !trained.contains(name))
            .forEach(changed::add);
      }
    }
    return changed;
  }

  private boolean freezes(Node node, Set<String> trained) {
    return freeze.isPresent() && trained.contains(node.input(0)) && FakeQuantize.of(node).follows();
  }

  /** In words, for checkpoints. */
  public String describe() {
    return "codes from step %d%s%s%s"
        .formatted(
            start,
            freeze.isPresent() ? ", scales frozen from " + freeze.getAsLong() : "",
            statistics.isPresent() ? ", statistics frozen from " + statistics.getAsLong() : "",
            oscillation.map(o -> ", oscillations: " + o.describe()).orElse(""));
  }
}
