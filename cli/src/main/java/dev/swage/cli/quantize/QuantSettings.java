package dev.swage.cli.quantize;

import dev.swage.cli.console.UsageException;
import dev.swage.cli.data.DataSettings;
import dev.swage.compress.ActivationType;
import dev.swage.compress.QuantGoal;
import dev.swage.compress.QuantMode;
import dev.swage.compress.QuantizeOptions;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanDocument;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How a model is quantized: the options that plan and quantize share. */
final class QuantSettings {
  @Mixin private WeightSettings weights = new WeightSettings();
  @Mixin private DataSettings data = new DataSettings();

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      converter = ModeWord.class,
      description = {
        "static: weights and activations, with ranges from data; dynamic: weights, and activations",
        "rounded at every run; weight-only; mixed: for each node the way that keeps the outputs good",
        "(default: static with --calibrate or --calibration, else weight-only)."
      })
  private Optional<QuantMode> mode = Optional.empty();

  @Option(
      names = "--activations",
      paramLabel = "TYPE",
      description = {
        "Codes of activations in static nodes: uint8, or int8 for runtimes that want both factors",
        "signed (default: uint8)."
      })
  private Optional<ActivationType> activations = Optional.empty();

  @Option(
      names = "--reduce-range",
      description = {
        "Weights of static and dynamic nodes as -64…64, for x86 processors without VNNI: theirs add",
        "two products of bytes in 16 bits, which saturate with weights up to 127."
      })
  private boolean reduceRange;

  @Option(
      names = "--objective",
      paramLabel = "GOAL",
      description = {
        "speed: nodes are quantized where that is faster, measured here, and a file that is not",
        "faster than the model is not written (exit code 3); size: all that can be are, the file is",
        "written whatever its speed, and is no larger than the model (default: size for",
        "weight-only, else speed)."
      })
  private Optional<Objective> objective = Optional.empty();

  @Option(
      names = "--min-sqnr",
      paramLabel = "DB",
      description = {
        "Move nodes to other ways, and to floating point at last, worst first, until every output's",
        "signal to noise ratio is at least DB decibels."
      })
  private Optional<Double> minSqnr = Optional.empty();

  @Option(
      names = "--max-accuracy-drop",
      paramLabel = "X",
      description = {
        "The same until at most X of the accuracy is lost on --calibrate DATA, a fraction in",
        "[0, 1]."
      })
  private Optional<Double> maxDrop = Optional.empty();

  WeightSettings weights() {
    return weights;
  }

  DataSettings data() {
    return data;
  }

  QuantMode mode() {
    return mode.orElseGet(() -> data.isAnyGiven() ? QuantMode.STATIC : QuantMode.WEIGHT_ONLY);
  }

  /** Complains of options that the mode has no choice in. */
  void requireForMode() {
    weights.requireFor(mode());
    if (!mode().needsData() && activations.isPresent()) {
      throw new UsageException(
          "--activations is for --mode static and mixed, not " + mode().label());
    }
    if (mode() == QuantMode.WEIGHT_ONLY && reduceRange) {
      throw new UsageException("--reduce-range is for modes in which activations are codes");
    }
    requireData();
  }

  private void requireData() {
    String word = "--mode " + mode().label();
    if (mode().needsData() && !data.isAnyGiven()) {
      throw new UsageException(
          word + " needs --calibrate DATA or --calibration FILE: what ranges are taken from");
    }
    if (!mode().needsData() && data.stored().isPresent()) {
      throw new UsageException("--calibration is for --mode static and mixed: no ranges are fixed");
    }
    if (mode().needsData() && searches() && !data.hasSamples()) {
      throw new UsageException(
          word + " with a bound needs --calibrate DATA: what the bound is measured on");
    }
  }

  /** Whether nothing is asked for but narrower weights. */
  boolean isPlainWeightOnly() {
    return mode() == QuantMode.WEIGHT_ONLY
        && !data.isAnyGiven()
        && objective.isEmpty()
        && !goal().hasBounds();
  }

  QuantizeOptions options() {
    requireForMode();
    boolean alone = mode() == QuantMode.WEIGHT_ONLY;
    QuantizeOptions options =
        QuantizeOptions.of(mode())
            .withForm(weights.form())
            .withWeights(alone ? weights.options() : weights.besideActivations())
            .withGoal(goal())
            .withReducedWeights(reduceRange)
            .withActivationType(activations.orElse(ActivationType.UINT8));
    return alone ? options : options.withRange(weights.activationRange());
  }

  /** Options for carrying out a plan, which has its own say on everything but the goal. */
  QuantizeOptions optionsFor(PlanDocument plan) {
    return options().withObjective(objective.orElse(plan.objective()));
  }

  /** Whether nodes are kept in floats until a bound holds. */
  boolean searches() {
    return goal().hasBounds();
  }

  private QuantGoal goal() {
    Objective usual = mode() == QuantMode.WEIGHT_ONLY ? Objective.SIZE : Objective.SPEED;
    try {
      return new QuantGoal(objective.orElse(usual), of(minSqnr), of(maxDrop), false);
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private static OptionalDouble of(Optional<Double> value) {
    return value.isPresent() ? OptionalDouble.of(value.get()) : OptionalDouble.empty();
  }

  /** Reads a mode's word. */
  static final class ModeWord implements ITypeConverter<QuantMode> {
    @Override
    public QuantMode convert(String word) {
      for (QuantMode mode : QuantMode.values()) {
        if (mode.label().equals(word)) {
          return mode;
        }
      }
      throw new TypeConversionException(
          "expected one of %s, got '%s'".formatted(String.join(", ", QuantMode.labels()), word));
    }
  }
}
