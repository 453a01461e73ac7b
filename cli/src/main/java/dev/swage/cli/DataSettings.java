package dev.swage.cli;

import dev.swage.compress.StaticOptions;
import dev.swage.compress.StaticOptions.Objective;
import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.CalibrationFile;
import dev.swage.data.DataSource;
import dev.swage.quant.range.ActivationEstimator;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of quantizing activations too. */
final class StaticSettings {
  @Mixin private DataOptions dataOptions = new DataOptions();

  @Option(
      names = "--calibrate",
      paramLabel = "DATA",
      description = {
        "Static: the data whose activations set the ranges, and on which the result is proven,",
        "as in idx:mnist?limit=256 (docs/data.md)."
      })
  private Optional<String> data = Optional.empty();

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "Static: the first N samples of the data only.")
  private Optional<Integer> samples = Optional.empty();

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description =
          "Static: ranges from statistics that calibrate -o stored; --calibrate is for the proof.")
  private Optional<Path> stored = Optional.empty();

  @Option(
      names = "--objective",
      paramLabel = "GOAL",
      description = {
        "Static: speed (default): a file that is not faster than the model here is not written,",
        "and the exit code is 3; size: it is written whatever its speed."
      })
  private Optional<Goal> objective = Optional.empty();

  /** What the file is for. */
  enum Goal {
    SPEED,
    SIZE
  }

  /** Whether any of these options was given. */
  boolean isAnyGiven() {
    return data.isPresent() || samples.isPresent() || stored.isPresent() || objective.isPresent();
  }

  String spec() {
    return data.orElseThrow(() ->
        new UsageException(
            "--mode static needs --calibrate DATA, the inputs whose activations set the ranges"));
  }

  DataSource source() {
    DataSource all = dataOptions.open(spec());
    if (samples.isPresent() && samples.get() < 1) {
      throw new UsageException("--samples must be at least 1, got " + samples.get());
    }
    return samples.isPresent() ? all.limit(samples.get()) : all;
  }

  Optional<Calibration> calibration() {
    return stored.map(CalibrationFile::read);
  }

  StaticOptions options(WeightSettings weights) {
    weights.requireDefaultsButRange();
    return StaticOptions.defaults()
        .withRange(estimator(weights.range().orElse("min-max")))
        .excluding(new HashSet<>(weights.exclude()))
        .withObjective(
            objective.filter(goal -> goal == Goal.SIZE).isPresent()
                ? Objective.SIZE
                : Objective.SPEED);
  }

  private static ActivationEstimator estimator(String label) {
    List<ActivationEstimator> all = ActivationEstimator.all();
    return all.stream()
        .filter(estimator -> estimator.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new UsageException(
                "--range of static quantization is one of %s, got '%s'"
                    .formatted(
                        all.stream()
                            .map(ActivationEstimator::label)
                            .collect(Collectors.joining(", ")),
                        label)));
  }
}
