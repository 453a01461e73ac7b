package dev.swage.run;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Two models on the same data: what the second lost and what it gained.
 *
 * @param samples how many samples were compared
 * @param agreement share of samples both give the same class; empty unless targets are classes
 * @param sqnrDb {@code 10 log10(Σx² / Σ(x − y)²)} over the first outputs; +∞ when equal
 * @param maxAbsDiff largest |x − y| over the first outputs
 * @param sizeRatio bytes of the candidate over bytes of the reference
 * @param speedup median latency of the reference over that of the candidate
 * @param oneAtATime whether samples were run one at a time because the reference fails on batches
 * @param layers the intermediate values both graphs name alike, in the order they are computed
 */
public record Comparison(
    Side reference,
    Side candidate,
    int samples,
    OptionalDouble agreement,
    double sqnrDb,
    double maxAbsDiff,
    double sizeRatio,
    double speedup,
    boolean oneAtATime,
    List<LayerError> layers) {
  public Comparison {
    layers = List.copyOf(layers);
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
      Outputs outputs =
          BatchRetry.over(
              first,
              data,
              options.batchSize(),
              feed -> new Outputs(a, b, first, second, data, feed).run());
      Latency.Pair latency =
          Latency.compare(
              first, second, Latency.sample(first, data), options.warmup(), options.latencyRuns());
      return new Comparison(
          new Side(reference, a.bytes(), outputs.first(), latency.first()),
          new Side(candidate, b.bytes(), outputs.second(), latency.second()),
          data.size(),
          outputs.agreement(),
          outputs.error.decibels(),
          outputs.error.maxAbsDiff(),
          (double) b.bytes() / a.bytes(),
          latency.ratio(),
          first.runsOneAtATime(),
          LayerError.between(a, b, data, options));
    }
  }

  /** Both models' first outputs over the data, in one pass. */
  private static final class Outputs {
    private final ModelSession a;
    private final ModelSession b;
    private final DataSource data;
    private final SampleFeed feed;
    private final StateFeed statesA;
    private final StateFeed statesB;
    private final OutputScores scoresA;
    private final OutputScores scoresB;
    private final SignalToNoise error = new SignalToNoise();
    private boolean labelled;
    private int classified;
    private int agreed;

    Outputs(
        ModelFile fileA,
        ModelFile fileB,
        ModelSession a,
        ModelSession b,
        DataSource data,
        SampleFeed feed) {
      this.a = a;
      this.b = b;
      this.data = data;
      this.feed = feed;
      this.statesA = new StateFeed(a, data);
      this.statesB = new StateFeed(b, data);
      this.scoresA = new OutputScores(a, data, fileA.outputKind());
      this.scoresB = new OutputScores(b, data, fileB.outputKind(fileA));
    }

    Outputs run() {
      for (int from = 0; from < data.size(); from += feed.batchSize()) {
        Batch batch = feed.batch(from);
        List<Tensor> inputs = feed.inputs(batch);
        Tensor x = statesA.run(inputs).getFirst();
        Tensor y = statesB.run(inputs).getFirst();
        compare(batch, from, feed.rows(from), x, y);
      }
      return this;
    }

    private void compare(Batch batch, int from, int rows, Tensor x, Tensor y) {
      if (x.dtype() != DType.FLOAT32 || y.dtype() != x.dtype() || !x.shape().equals(y.shape())) {
        throw new RunException(
            "%s gives %s and %s gives %s; only FLOAT32 outputs of one shape can be compared"
                .formatted(a.name(), x, b.name(), y));
      }
      error.add(x, y, x.shape().elements() / batch.size() * rows);
      labelled = batch.targets().isPresent();
      if (labelled) {
        int[] classesA = scoresA.add(x, batch, rows);
        int[] classesB = scoresB.add(y, batch, rows);
        for (int i = 0; i < classesA.length; i++) {
          agreed += classesA[i] == classesB[i] ? 1 : 0;
        }
        classified += classesA.length;
      } else {
        OutputScores.requireNumbers(a.name(), x, batch.size(), data, from);
        OutputScores.requireNumbers(b.name(), y, batch.size(), data, from);
      }
    }

    OptionalDouble agreement() {
      return classified == 0
          ? OptionalDouble.empty()
          : OptionalDouble.of((double) agreed / classified);
    }

    Optional<Evaluation> first() {
      return labelled ? Optional.of(scoresA.evaluation(feed)) : Optional.empty();
    }

    Optional<Evaluation> second() {
      return labelled ? Optional.of(scoresB.evaluation(feed)) : Optional.empty();
    }
  }
}
