package dev.swage.compress.speed;

import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.run.time.Latency;
import dev.swage.run.time.PairedRatio;
import dev.swage.tensor.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Whole models timed in turn, in rounds of some runs each, so that two of them can be compared
 * round by round: whatever the machine did meanwhile was done to both.
 *
 * @param rounds for each model, in milliseconds, the median of each round's runs
 */
record WholeModels(List<List<Double>> rounds) {
  WholeModels {
    rounds = rounds.stream().map(List::copyOf).toList();
  }

  private static final int WARMUP = 3;
  private static final int FEWEST_ROUNDS = 5;
  private static final int MOST_ROUNDS = 100;
  private static final int MOST_RUNS = 50;

  static WholeModels time(List<OnnxModel> models, List<Tensor> sample, Duration budget) {
    List<ModelSession> sessions = new ArrayList<>();
    try {
      for (OnnxModel model : models) {
        sessions.add(ModelSession.open("a model that is timed", model, SessionOptions.defaults()));
      }
      return time(sessions, sample, budget.toNanos());
    } finally {
      sessions.forEach(ModelSession::close);
    }
  }

  private static WholeModels time(List<ModelSession> sessions, List<Tensor> sample, long budget) {
    long begin = System.nanoTime();
    double once =
        Latency.alternately(sessions, sample, WARMUP, 1).stream()
            .mapToDouble(timed -> timed.stats().p50())
            .sum();
    long fitting = Math.round(budget / 1e6 / MOST_ROUNDS / Math.max(once, 1e-3));
    int runs = Math.clamp(fitting, 1, MOST_RUNS);
    List<List<Latency.Timed>> done = new ArrayList<>();
    while (done.size() < FEWEST_ROUNDS
        || (done.size() < MOST_ROUNDS && System.nanoTime() - begin < budget)) {
      done.add(Latency.alternately(sessions, sample, 0, runs));
    }
    List<List<Double>> rounds = new ArrayList<>();
    for (int i = 0; i < sessions.size(); i++) {
      int model = i;
      rounds.add(done.stream().map(round -> round.get(model).stats().p50()).toList());
    }
    return new WholeModels(rounds);
  }

  /**
   * The lowest decile of a model's rounds: what it takes as long as the machine does little else.
   */
  double millis(int model) {
    return quantile(model, 0.1);
  }

  double median(int model) {
    return quantile(model, 0.5);
  }

  /** How many times as fast as the reference a model is, round by round. */
  double speedup(int reference, int model) {
    return PairedRatio.of(millisOfRounds(reference), millisOfRounds(model));
  }

  private double[] millisOfRounds(int model) {
    return rounds.get(model).stream().mapToDouble(Double::doubleValue).toArray();
  }

  private double quantile(int model, double share) {
    List<Double> sorted = rounds.get(model).stream().sorted().toList();
    return sorted.get(Math.max(0, (int) Math.ceil(share * sorted.size()) - 1));
  }
}
