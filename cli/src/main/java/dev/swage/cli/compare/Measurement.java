package dev.swage.cli.compare;

import dev.swage.data.DataSource;
import dev.swage.report.ModelResult;
import dev.swage.run.ModelFile;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.SessionOptions;
import dev.swage.run.score.Evaluation;
import dev.swage.run.time.Latency;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Measures model files in ONNX Runtime: score on data, size, and latency taken alternately. */
public final class Measurement {
  /** Each model is timed for about this long, within the bounds below. */
  private static final double SECONDS = 1.5;

  private static final int FEWEST_RUNS = 20;
  private static final int MOST_RUNS = 1000;

  private final DataSource data;
  private final int batchSize;
  private final SessionOptions options;

  public Measurement(DataSource data, int batchSize, SessionOptions options) {
    this.data = data;
    this.batchSize = batchSize;
    this.options = options;
  }

  /** A file to measure, and what to call it. */
  public record Subject(String name, Path path) {}

  /**
   * What was measured, and what has to be said about how.
   *
   * @param evaluation empty where the data has no targets to score against
   */
  public record Outcome(ModelResult result, Optional<Evaluation> evaluation) {}

  /**
   * All subjects, in their order, on the same samples. The first is the one that the others were
   * made from: all are scored as it is.
   */
  public List<Outcome> of(List<Subject> subjects) {
    List<ModelSession> sessions = new ArrayList<>();
    try {
      List<ModelFile> files =
          subjects.stream().map(subject -> ModelFile.read(subject.path())).toList();
      for (Subject subject : subjects) {
        sessions.add(ModelSession.open(subject.path(), options));
      }
      List<Optional<Evaluation>> evaluations = new ArrayList<>();
      OutputKind kind = files.getFirst().outputKind();
      for (ModelSession session : sessions) {
        evaluations.add(evaluation(session, kind));
      }
      List<Tensor> sample = Latency.sample(sessions.getFirst(), data);
      List<Latency.Timed> latencies = time(sessions, sample);
      List<Outcome> outcomes = new ArrayList<>();
      for (int i = 0; i < sessions.size(); i++) {
        ModelResult result =
            ModelResults.of(
                subjects.get(i).name(),
                files.get(i).path().toString(),
                files.get(i).bytes(),
                evaluations.get(i),
                latencies.get(i).stats(),
                i == 0 ? OptionalDouble.empty() : OptionalDouble.of(latencies.get(i).speedup()));
        outcomes.add(new Outcome(result, evaluations.get(i)));
      }
      return outcomes;
    } finally {
      sessions.forEach(ModelSession::close);
    }
  }

  /** Scores alone, without latencies; empty where the data has no targets. */
  public List<Optional<Evaluation>> scores(List<Subject> subjects) {
    OutputKind kind = ModelFile.read(subjects.getFirst().path()).outputKind();
    List<Optional<Evaluation>> scores = new ArrayList<>();
    for (Subject subject : subjects) {
      try (ModelSession session = ModelSession.open(subject.path(), options)) {
        scores.add(evaluation(session, kind));
      }
    }
    return scores;
  }

  private Optional<Evaluation> evaluation(ModelSession session, OutputKind kind) {
    if (data.size() > 0 && data.batch(0).targets().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(Evaluation.of(session, data, batchSize, kind));
  }

  /** Median milliseconds of one sample with each subject's weights dequantized at load. */
  public List<Double> foldedMillis(List<Subject> subjects) {
    List<ModelSession> sessions = new ArrayList<>();
    try {
      for (Subject subject : subjects) {
        sessions.add(ModelSession.open(subject.path(), options.withWeightsFolded(true)));
      }
      List<Tensor> sample = Latency.sample(sessions.getFirst(), data);
      return time(sessions, sample).stream().map(timed -> timed.stats().p50()).toList();
    } finally {
      sessions.forEach(ModelSession::close);
    }
  }

  private static List<Latency.Timed> time(List<ModelSession> sessions, List<Tensor> sample) {
    double millis = Latency.measure(sessions.getFirst(), sample, 3, 5).p50();
    long fitting = Math.round(SECONDS * 1e3 / Math.max(millis, 1e-3));
    int runs = Math.clamp(fitting, FEWEST_RUNS, MOST_RUNS);
    return Latency.alternately(sessions, sample, Math.max(5, runs / 10), runs);
  }
}
