package dev.swage.train.quantize;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * The quantizers of a graph over a run: what they do at which step, and what is told of them. A
 * step is {@link #before}, the update, {@link #after}, {@link #enter}. Not thread-safe.
 */
public final class QuantizerKeeper {
  private final QuantizerSchedule schedule;
  private final Graph graph;
  private final Map<String, MemorySegment> memory;
  private final Set<String> trained;
  private final List<QuantizedWeight> weights;
  private final CodeFlips flips;
  private QuantizerPhase phase;
  private Optional<HeldScales> held = Optional.empty();
  private Optional<CodeFlips.Before> compared = Optional.empty();

  /**
   * @param memory of what changes while training, by name
   * @param trained names of what gradients change
   * @throws IllegalArgumentException if something is to happen to quantizers, and there are none
   */
  public QuantizerKeeper(
      QuantizerSchedule schedule,
      Graph graph,
      Map<String, MemorySegment> memory,
      Set<String> trained) {
    this.schedule = schedule;
    this.graph = graph;
    this.memory = memory;
    this.trained = trained;
    this.weights = QuantizedWeight.of(graph, memory, trained);
    this.flips = new CodeFlips(weights);
    this.phase = schedule.phase(0);
    if (!schedule.equals(QuantizerSchedule.CONSTANT)
        && graph.nodes().stream().noneMatch(FakeQuantize::is)) {
      throw new IllegalArgumentException(
          "a schedule of quantizers is for a model with quantizers, as QuantizationAware.model() has them, and this one has none");
    }
  }

  /** Whether batch norm was not folded, and learns statistics. */
  public boolean hasStatistics() {
    return graph.nodes().stream().map(Node::opType).anyMatch("BatchNormalization"::equals);
  }

  public QuantizerPhase phase() {
    return phase;
  }

  /**
   * Does what is due once so many steps were taken. Doing it again, after a checkpoint, changes
   * nothing.
   *
   * @return whether scales began anew
   * @throws StepSizeException if a weight or an observed range is not finite
   */
  public boolean enter(long steps) {
    phase = schedule.phase(steps);
    boolean begins = schedule.startsLater() && steps == schedule.start();
    if (begins) {
      new QuantizerScales(graph, memory).begin();
    }
    if (phase.codes() && !phase.moving() && held.isEmpty()) {
      if (steps == schedule.freeze().orElseThrow()) {
        new QuantizerScales(graph, memory).freeze();
      }
      held = Optional.of(HeldScales.of(graph, memory, trained));
    }
    return begins;
  }

  /** Looks at weights before an update. */
  public void before(boolean measured) {
    compared =
        measured && phase.codes() && !weights.isEmpty()
            ? Optional.of(flips.before())
            : Optional.empty();
  }

  /** Does what is to be done after an update. */
  public Told after() {
    held.ifPresent(HeldScales::putBack);
    return new Told(compared.map(this::flipped).orElseGet(OptionalDouble::empty));
  }

  /** Nothing where a scale went wrong: the next pass says which. */
  private OptionalDouble flipped(CodeFlips.Before before) {
    try {
      return OptionalDouble.of(flips.since(before));
    } catch (StepSizeException e) {
      return OptionalDouble.empty();
    }
  }

  /**
   * What a step did to codes.
   *
   * @param flips share of the codes of weights that changed; empty where it was not measured
   */
  public record Told(OptionalDouble flips) {}
}
