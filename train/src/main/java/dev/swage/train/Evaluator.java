package dev.swage.train;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.train.torch.TorchSession;
import java.util.Arrays;
import java.util.OptionalDouble;

/** Scores a model in evaluation mode over all samples of a source, batch by batch. */
record Evaluator(Loss loss, Objective objective, Labels labels, int batchSize) {
  Score score(TorchSession session, DataSource source) {
    double loss = 0;
    long correct = 0;
    for (int from = 0; from < source.size(); from += batchSize) {
      int[] indices = new int[Math.min(batchSize, source.size() - from)];
      int first = from;
      Arrays.setAll(indices, i -> first + i);
      Batch batch = source.batch(indices);
      labels.check(batch, indices, source.name());
      TorchSession.Scores scores = session.score(batch, objective.loss());
      loss += scores.loss() * indices.length;
      correct += scores.correct();
    }
    return scoreOf(loss, correct, source.size());
  }

  /** A score from sums over samples. */
  Score scoreOf(double lossSum, long correct, long samples) {
    OptionalDouble accuracy =
        loss.classifies() && samples > 0
            ? OptionalDouble.of((double) correct / samples)
            : OptionalDouble.empty();
    return new Score(lossSum / samples, accuracy, samples);
  }
}
