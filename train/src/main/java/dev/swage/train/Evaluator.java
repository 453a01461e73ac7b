package dev.swage.train;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.TorchSession;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Scores a model in evaluation mode over all samples of a source, batch by batch. */
record Evaluator(Loss loss, Objective objective, Labels labels, int batchSize) {
  /**
   * Streams are read in parallel, each from its begin to its end with the states carried on; other
   * samples stand alone. The states the session had are as before.
   */
  Score score(TorchSession session, DataSource source) {
    Map<String, Tensor> states = session.states();
    session.setStates(Map.of());
    try {
      return fresh(session, source);
    } finally {
      session.setStates(states);
    }
  }

  private Score fresh(TorchSession session, DataSource source) {
    double loss = 0;
    long correct = 0;
    long labelled = 0;
    int size = source.streams().orElse(batchSize);
    Optional<ScoreFigures> figures = ScoreFigures.of(objective, this.loss);
    for (int from = 0; from < source.size(); from += size) {
      if (source.streams().isEmpty()) {
        session.setStates(Map.of());
      }
      int[] indices = new int[Math.min(size, source.size() - from)];
      int first = from;
      Arrays.setAll(indices, i -> first + i);
      Batch batch = source.batch(indices);
      labels.check(batch, indices, source.name());
      TorchSession.Scores scores = session.score(batch, objective.loss(), figures.map(f -> f::add));
      loss += scores.loss() * indices.length;
      correct += scores.correct();
      labelled += scores.labels();
    }
    Score plain = scoreOf(loss, correct, labelled, source.size());
    return new Score(
        plain.loss(),
        plain.accuracy(),
        plain.samples(),
        figures.map(ScoreFigures::result).orElse(Map.of()),
        figures.flatMap(ScoreFigures::confusion));
  }

  /** A score from sums over samples, of which each may have several labels. */
  Score scoreOf(double lossSum, long correct, long labelled, long samples) {
    OptionalDouble accuracy =
        loss.classifies() && labelled > 0
            ? OptionalDouble.of((double) correct / labelled)
            : OptionalDouble.empty();
    return new Score(lossSum / samples, accuracy, samples);
  }
}
