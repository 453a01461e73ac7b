package dev.swage.run.score;

import dev.swage.data.DataSource;
import dev.swage.run.ModelFile;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.RunException;
import dev.swage.run.measure.OutputError;
import dev.swage.run.time.Latency;
import dev.swage.run.time.LatencyStats;
import dev.swage.run.time.PairedRatio;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Two models on the same data: what the second lost and what it gained.
 *
 * @param samples how many samples were compared
 * @param agreement share of samples both give the same class; empty unless targets are classes
 * @param fidelity how near all outputs are
 * @param sizeRatio bytes of the candidate over bytes of the reference
 * @param speedup how many times as fast as the reference the candidate is: {@link PairedRatio}
 * @param oneAtATime whether samples were run one at a time because the reference fails on batches
 * @param layers the intermediate values both graphs name alike, in the order they are computed
 */
public record Comparison(
    Side reference,
    Side candidate,
    int samples,
    OptionalDouble agreement,
    OutputFidelity fidelity,
    double sizeRatio,
    double speedup,
    boolean oneAtATime,
    List<LayerError> layers) {
  public Comparison {
    layers = List.copyOf(layers);
  }

  /**
   * The least signal-to-noise ratio of an output, or of a quantity in one; +∞ when nothing differs,
   * NaN where no floating-point output can be measured.
   */
  public double sqnrDb() {
    return fidelity.leastSqnrDb();
  }

  /** Largest |x − y| over the floating-point outputs. */
  public double maxAbsDiff() {
    return fidelity.outputs().stream().mapToDouble(OutputError::maxAbsDiff).max().orElse(0);
  }

  /**
   * One of the two models.
   *
   * @param bytes what it takes to ship
   * @param evaluation accuracy and loss; empty for data without targets
   * @param latency of one sample, or of as many as the model's batch dimension fixes
   */
  public record Side(
      Path path, long bytes, Optional<Evaluation> evaluation, LatencyStats latency) {}

  /** Compares with {@link ComparisonOptions#defaults}. */
  public static Comparison of(Path reference, Path candidate, DataSource data) {
    return of(reference, candidate, data, ComparisonOptions.defaults());
  }

  /**
   * Runs both models over all samples, times them alternately, and compares their layers. What the
   * candidate's outputs are is what the reference's are, unless it says by itself that they are
   * something else: {@link OutputKind#ofCompared}.
   *
   * @throws dev.swage.onnx.OnnxException if a file cannot be read
   * @throws RunException if a model cannot be run on the data, the outputs do not match, or one is
   *     NaN
   */
  public static Comparison of(
      Path reference, Path candidate, DataSource data, ComparisonOptions options) {
    ModelFile a = ModelFile.read(reference);
    ModelFile b = ModelFile.read(candidate);
    try (ModelSession first = ModelSession.open(reference, options.session());
        ModelSession second = ModelSession.open(candidate, options.session())) {
      PairRun outputs =
          PairRun.strict(first, second, data, options.batchSize(), a.outputKind(), b.outputKind(a));
      Latency.Pair latency =
          Latency.compare(
              first, second, Latency.sample(first, data), options.warmup(), options.latencyRuns());
      return new Comparison(
          new Side(reference, a.bytes(), outputs.reference(), latency.first()),
          new Side(candidate, b.bytes(), outputs.candidate(), latency.second()),
          data.size(),
          outputs.agreement(),
          outputs.fidelity(),
          (double) b.bytes() / a.bytes(),
          latency.ratio(),
          first.runsOneAtATime(),
          LayerError.between(a, b, data, options));
    }
  }
}
