package dev.swage.run.score;

import dev.swage.data.Batch;
import dev.swage.data.DataSchema;
import dev.swage.data.DataSource;
import dev.swage.run.BatchRetry;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.RunException;
import dev.swage.run.SampleFeed;
import dev.swage.run.StateFeed;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * What a model says of one sample.
 *
 * @param classIndex the class, by the rule of {@link Evaluation}; empty for models of values
 * @param numbers the probability of each class; the first output as it is for models of values, and
 *     where it is not known what its numbers mean
 */
public record Prediction(OptionalInt classIndex, List<Double> numbers) {
  public Prediction {
    numbers = List.copyOf(numbers);
  }

  /**
   * Runs all samples, with targets or without, and reads the first output.
   *
   * @param batchSize wanted size; a model with a fixed batch dimension is run at that
   * @param kind what the outputs mean, as from {@link OutputKind#of}
   * @return one for each sample, in their order
   * @throws RunException if the data do not fit the model, or an output is NaN or no row of float32
   *     numbers for each sample
   */
  public static List<Prediction> of(
      ModelSession session, DataSource data, int batchSize, OutputKind kind) {
    session.requireSame(data);
    return BatchRetry.over(session, data, batchSize, feed -> of(session, data, kind, feed));
  }

  private static List<Prediction> of(
      ModelSession session, DataSource data, OutputKind kind, SampleFeed feed) {
    boolean classes = tellsClasses(session.schema(), data, kind);
    StateFeed states = new StateFeed(session, data);
    List<Prediction> all = new ArrayList<>();
    for (int from = 0; from < data.size(); from += feed.batchSize()) {
      Batch batch = feed.batch(from);
      Tensor output = states.run(feed.inputs(batch)).getFirst();
      if (output.dtype() != DType.FLOAT32 || output.shape().elements() % batch.size() != 0) {
        throw new RunException(
            "%s: predictions need a first output of FLOAT32 with a row per sample, got %s for %d samples"
                .formatted(session.name(), output, batch.size()));
      }
      OutputScores.requireNumbers(session.name(), output, batch.size(), data, from);
      float[] values = output.toFloats();
      int columns = values.length / batch.size();
      for (int row = 0; row < feed.rows(from); row++) {
        float[] numbers = Arrays.copyOfRange(values, row * columns, (row + 1) * columns);
        all.add(classes ? ofClasses(numbers, kind) : ofValues(numbers));
      }
    }
    return all;
  }

  private static boolean tellsClasses(DataSchema known, DataSource data, OutputKind kind) {
    if (!known.classNames().isEmpty() || known.isTable()) {
      return !known.classNames().isEmpty();
    }
    return data.classes().isPresent()
        || kind == OutputKind.PROBABILITIES
        || kind == OutputKind.LOG_PROBABILITIES;
  }

  private static Prediction ofClasses(float[] row, OutputKind kind) {
    int predicted = OutputScores.predict(row, row.length, 1, kind)[0];
    return new Prediction(
        OptionalInt.of(predicted), Arrays.stream(kind.probabilities(row)).boxed().toList());
  }

  private static Prediction ofValues(float[] row) {
    List<Double> numbers = new ArrayList<>();
    for (float number : row) {
      numbers.add((double) number);
    }
    return new Prediction(OptionalInt.empty(), numbers);
  }
}
