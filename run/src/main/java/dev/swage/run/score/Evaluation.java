package dev.swage.run.score;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.run.BatchRetry;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.RunException;
import dev.swage.run.SampleFeed;
import dev.swage.run.StateFeed;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How well a model's first output meets the targets of a data set.
 *
 * @param samples how many samples were scored
 * @param batchSize how many were run at once
 * @param batchFixedByModel whether the model's fixed batch dimension replaced the wanted size
 * @param accuracy share of samples, or of the steps of sequences, whose class is right: the largest
 *     column, or for a single column the side of the {@link OutputKind}'s threshold; empty for
 *     targets that are values
 * @param loss mean loss per sample or step; empty when the outputs' kind is not known
 * @param classes of every class the data knows, how many samples it has and how many of them the
 *     model gets right; empty for targets that are values or sequences, and above {@value
 *     #MOST_CLASSES} classes
 */
public record Evaluation(
    int samples,
    int batchSize,
    boolean batchFixedByModel,
    OptionalDouble accuracy,
    Optional<Loss> loss,
    List<ClassScore> classes) {
  public Evaluation {
    classes = List.copyOf(classes);
  }

  /** More classes are not told one by one. */
  public static final int MOST_CLASSES = 1000;

  /**
   * One class.
   *
   * @param samples with this label
   * @param correct those that the model says it of
   */
  public record ClassScore(String name, long samples, long correct) {}

  /** A mean loss and which. */
  public record Loss(LossKind kind, double value) {}

  /** The losses an evaluation can give. */
  public enum LossKind {
    /** −log p(target), natural logarithm. */
    CROSS_ENTROPY,
    /** Mean over samples and elements of (output − target)². */
    MEAN_SQUARED_ERROR
  }

  /**
   * Runs all samples and scores the first output. Memory: one batch.
   *
   * @param batchSize wanted size; a model with a fixed batch dimension is run at that
   * @param kind what the outputs mean, as from {@link OutputKind#of}
   * @throws RunException if the data do not fit the model, have no targets, or an output is NaN
   */
  public static Evaluation of(
      ModelSession session, DataSource data, int batchSize, OutputKind kind) {
    session.requireSame(data);
    return BatchRetry.over(session, data, batchSize, feed -> of(session, data, kind, feed));
  }

  private static Evaluation of(
      ModelSession session, DataSource data, OutputKind kind, SampleFeed feed) {
    StateFeed states = new StateFeed(session, data);
    OutputScores scores = new OutputScores(session, data, kind);
    for (int from = 0; from < data.size(); from += feed.batchSize()) {
      Batch batch = feed.batch(from);
      scores.add(states.run(feed.inputs(batch)).getFirst(), batch, feed.rows(from));
    }
    return scores.evaluation(feed);
  }
}
