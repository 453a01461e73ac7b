package dev.swage.run.score;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.run.BatchRetry;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.RunException;
import dev.swage.run.SampleFeed;
import dev.swage.run.StateFeed;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Two models on the same data in one pass: how near their outputs are, and how both meet the
 * targets, where the data have them.
 */
public final class PairRun {
  private final ModelSession a;
  private final ModelSession b;
  private final DataSource data;
  private final SampleFeed feed;
  private final StateFeed statesA;
  private final StateFeed statesB;
  private final OutputRuns outputs;
  private @Nullable OutputScores scoresA;
  private @Nullable OutputScores scoresB;
  private final boolean strict;
  private Optional<String> unscored = Optional.empty();
  private int classified;
  private int agreed;

  private PairRun(
      ModelSession a, ModelSession b, DataSource data, SampleFeed feed, boolean strict) {
    this.strict = strict;
    this.a = a;
    this.b = b;
    this.data = data;
    this.feed = feed;
    this.statesA = new StateFeed(a, data);
    this.statesB = new StateFeed(b, data);
    this.outputs = OutputRuns.of(a, b);
  }

  /**
   * Runs both on all samples, states carried where the data are streams.
   *
   * @param batchSize wanted size; a model with a fixed batch dimension is run at that
   * @throws RunException if either cannot be run on the data, or types of outputs differ
   */
  public static PairRun of(
      ModelSession reference, ModelSession candidate, DataSource data, int batchSize) {
    return BatchRetry.over(
        reference,
        data,
        batchSize,
        feed -> new PairRun(reference, candidate, data, feed, false).all(false));
  }

  /**
   * The same, scored where the data have targets that fit: where they do not, {@link #unscored}
   * says why.
   *
   * @param kind what the outputs of both mean
   */
  public static PairRun scored(
      ModelSession reference,
      ModelSession candidate,
      DataSource data,
      int batchSize,
      OutputKind kind) {
    return BatchRetry.over(
        reference,
        data,
        batchSize,
        feed -> scored(new PairRun(reference, candidate, data, feed, false), kind, kind));
  }

  /**
   * The same, where targets that do not fit and outputs that are NaN are errors.
   *
   * @throws RunException naming the sample
   */
  static PairRun strict(
      ModelSession reference,
      ModelSession candidate,
      DataSource data,
      int batchSize,
      OutputKind ofReference,
      OutputKind ofCandidate) {
    reference.requireSame(data);
    return BatchRetry.over(
        reference,
        data,
        batchSize,
        feed ->
            scored(new PairRun(reference, candidate, data, feed, true), ofReference, ofCandidate));
  }

  private static PairRun scored(PairRun run, OutputKind ofReference, OutputKind ofCandidate) {
    run.scoresA = new OutputScores(run.a, run.data, ofReference);
    run.scoresB = new OutputScores(run.b, run.data, ofCandidate);
    return run.all(true);
  }

  private PairRun all(boolean scoring) {
    boolean on = scoring;
    for (int from = 0; from < data.size(); from += feed.batchSize()) {
      Batch batch = feed.batch(from);
      List<Tensor> inputs = feed.inputs(batch);
      List<Tensor> x = statesA.run(inputs);
      List<Tensor> y = statesB.run(inputs);
      int rows = feed.rows(from);
      if (strict) {
        requireNumbers(a, x, batch, from);
        requireNumbers(b, y, batch, from);
      }
      outputs.add(x, y, batch, rows);
      on = on && batch.targets().isPresent() && score(x.getFirst(), y.getFirst(), batch, rows);
    }
    if (!on) {
      scoresA = null;
      scoresB = null;
    }
    return this;
  }

  private boolean score(Tensor x, Tensor y, Batch batch, int rows) {
    if (scoresA == null || scoresB == null) {
      return false;
    }
    try {
      int[] classesA = scoresA.add(x, batch, rows);
      int[] classesB = scoresB.add(y, batch, rows);
      for (int i = 0; i < classesA.length; i++) {
        agreed += classesA[i] == classesB[i] ? 1 : 0;
      }
      classified += classesA.length;
      return true;
    } catch (RunException e) {
      if (strict) {
        throw e;
      }
      unscored = Optional.of(String.valueOf(e.getMessage()));
      return false;
    }
  }

  private void requireNumbers(ModelSession session, List<Tensor> outputs, Batch batch, int from) {
    for (Tensor output : outputs) {
      if (output.dtype() == DType.FLOAT32) {
        OutputScores.requireNumbers(session.name(), output, batch.size(), data, from);
      }
    }
  }

  /** Whether samples were run one at a time because the reference fails on batches. */
  public boolean oneAtATime() {
    return a.runsOneAtATime();
  }

  /** How near the outputs are. */
  public OutputFidelity fidelity() {
    return outputs.fidelity(data.size());
  }

  /** How the reference meets the targets; empty where there are none that fit. */
  public Optional<Evaluation> reference() {
    return Optional.ofNullable(scoresA).map(scores -> scores.evaluation(feed));
  }

  /** How the candidate meets the targets, likewise. */
  public Optional<Evaluation> candidate() {
    return Optional.ofNullable(scoresB).map(scores -> scores.evaluation(feed));
  }

  /** Why the targets do not fit; empty where they do or there are none. */
  public Optional<String> unscored() {
    return unscored;
  }

  /** Share of samples both give the same class; empty unless targets are classes. */
  public OptionalDouble agreement() {
    return classified == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of((double) agreed / classified);
  }

  /** Accuracy of the reference less that of the candidate; empty unless both have one. */
  public OptionalDouble accuracyDrop() {
    OptionalDouble before = accuracy(reference());
    OptionalDouble after = accuracy(candidate());
    return before.isPresent() && after.isPresent()
        ? OptionalDouble.of(before.getAsDouble() - after.getAsDouble())
        : OptionalDouble.empty();
  }

  private static OptionalDouble accuracy(Optional<Evaluation> evaluation) {
    return evaluation.map(Evaluation::accuracy).orElse(OptionalDouble.empty());
  }
}
