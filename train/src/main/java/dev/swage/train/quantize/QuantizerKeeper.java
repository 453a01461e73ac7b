package dev.swage.train.quantize;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The quantizers of a graph over a run: what they do at which step, and what is told of them. A
 * step is {@link #before}, the update, {@link #after}, {@link #enter}. Not thread-safe.
 */
public final class QuantizerKeeper {
  private final QuantizerSchedule schedule;
  private final Graph graph;
  private final Map<String, MemorySegment> memory;
  private final Set<String> trained;
  private final long steps;
  private final List<QuantizedWeight> weights;
  private final Optional<Oscillations> oscillations;
  private final CodeFlips flips;
  private QuantizerPhase phase;
  private Optional<HeldScales> held = Optional.empty();
  private Optional<CodeFlips.Before> compared = Optional.empty();

  /**
   * @param memory of what changes while training, by name
   * @param trained names of what gradients change, in the order of the gradients
   * @param steps of the whole run
   * @throws IllegalArgumentException if something is to happen to quantizers, and there are none to
   *     which it can
   */
  public QuantizerKeeper(
      QuantizerSchedule schedule,
      Graph graph,
      Map<String, MemorySegment> memory,
      List<String> trained,
      long steps) {
    this.schedule = schedule;
    this.graph = graph;
    this.memory = memory;
    this.trained = Set.copyOf(trained);
    this.steps = steps;
    this.weights = QuantizedWeight.of(graph, memory, this.trained);
    this.oscillations =
        schedule.oscillation().map(settings -> new Oscillations(settings, weights, trained));
    this.flips = new CodeFlips(weights);
    this.phase = schedule.phase(0);
    if (!schedule.equals(QuantizerSchedule.CONSTANT)
        && graph.nodes().stream().noneMatch(FakeQuantize::is)) {
      throw new IllegalArgumentException(
          "a schedule of quantizers is for a model with quantizers, as QuantizationAware.model() has them, and this one has none");
    }
  }

  /** What the schedule says and will never happen, each in a line. */
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    schedule.freeze().ifPresent(step -> addUnlessReached("scales freeze", step, warnings));
    schedule.statistics().ifPresent(step -> addUnlessReached("batch norm freezes", step, warnings));
    if (schedule.statistics().isPresent() && !hasStatistics()) {
      warnings.add(
          "batch norm is folded into the layers before it already: there are no running statistics to freeze");
    }
    if (oscillations.filter(Oscillations::isEmpty).isPresent()) {
      warnings.add(
          "no trained weight has codes of up to 4 bits: there are no oscillations to damp or freeze");
    }
    return warnings;
  }

  private void addUnlessReached(String what, long step, List<String> warnings) {
    if (step >= steps) {
      warnings.add(
          "%s at step %d, and the run ends after step %d: never".formatted(what, step, steps - 1));
    }
  }

  private boolean hasStatistics() {
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

  /**
   * Adds the gradients of what is to damp oscillations, and takes off those of frozen weights.
   *
   * @throws StepSizeException if a scale went wrong
   */
  public void addGradients(List<MemorySegment> gradients, long step) {
    if (phase.codes()) {
      oscillations.ifPresent(all -> all.addGradients(gradients, done(step)));
    }
  }

  /** Of the steps with codes; all at the last one. */
  private double done(long step) {
    return Math.min(
        1, (double) (step - schedule.start()) / Math.max(1, steps - 1 - schedule.start()));
  }

  /** Looks at weights before an update. */
  public void before(boolean measured) {
    if (phase.codes()) {
      oscillations.ifPresent(Oscillations::begin);
    }
    compared =
        measured && phase.codes() && !weights.isEmpty()
            ? Optional.of(flips.before())
            : Optional.empty();
  }

  /**
   * Does what is to be done after an update.
   *
   * @param taken whether it was: an update that was left out changes nothing
   */
  public Told after(long step, boolean taken) {
    held.ifPresent(HeldScales::putBack);
    OptionalDouble frozen =
        phase.codes() && taken
            ? measured(() ->
                oscillations.map(all -> all.follow(done(step))).orElseGet(OptionalDouble::empty))
            : OptionalDouble.empty();
    OptionalDouble flipped =
        measured(() ->
            compared
                .map(before -> OptionalDouble.of(flips.since(before)))
                .orElseGet(OptionalDouble::empty));
    return new Told(flipped, frozen);
  }

  /** Nothing where a scale went wrong: the next pass says which. */
  private static OptionalDouble measured(Supplier<OptionalDouble> figure) {
    try {
      return figure.get();
    } catch (StepSizeException e) {
      return OptionalDouble.empty();
    }
  }

  /** What is remembered of codes, by name: live views, for checkpoints. */
  public Map<String, MemorySegment> state() {
    return oscillations.map(Oscillations::state).orElse(Map.of());
  }

  /**
   * Makes {@link #state} what a checkpoint's is, to be filled; before the first step it has none.
   */
  public void resume() {
    oscillations.ifPresent(Oscillations::resume);
  }

  /**
   * What a step did to codes.
   *
   * @param flips share of the codes of weights that changed; empty where it was not measured
   * @param frozen share of the weights of up to 4 bits that oscillated and are frozen; empty where
   *     none is to freeze
   */
  public record Told(OptionalDouble flips, OptionalDouble frozen) {}
}
