package dev.swage.run.score;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.RunException;
import dev.swage.run.SampleFeed;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;

/** Adds up accuracy and loss of a model's first output, batch by batch. */
final class OutputScores {
  private final String model;
  private final DataSource data;
  private final OutputKind kind;
  private int samples;
  private long labels;
  private long correct;
  private double lossSum;
  private boolean classTargets;
  private boolean lossKnown = true;
  private final ClassCounts counts;

  OutputScores(ModelSession session, DataSource data, OutputKind kind) {
    this.model = session.name();
    this.data = data;
    this.kind = kind;
    this.counts = new ClassCounts(data);
  }

  /**
   * Scores the first {@code rows} rows.
   *
   * @return the predicted class of each; empty array for targets that are values
   */
  int[] add(Tensor output, Batch batch, int rows) {
    float[] values = values(output, batch.size());
    Tensor targets =
        batch
            .targets()
            .orElseThrow(() ->
                new RunException("%s has no targets to score against".formatted(data.name())));
    classTargets = targets.dtype() == DType.INT64;
    int columns = values.length / batch.size();
    int[] predicted = new int[0];
    if (classTargets) {
      int each = labelsPerSample(targets, columns, batch.size());
      predicted = predict(values, columns / each, rows * each, kind);
      addClasses(values, columns / each, targets.toLongs(), predicted);
      counts.add(targets, predicted, rows);
      labels += (long) rows * each;
    } else {
      addValues(values, columns, targets, batch.size(), rows);
      labels += rows;
    }
    samples += rows;
    return predicted;
  }

  /** One, or one per step of a sequence: classes are the last axis. */
  private int labelsPerSample(Tensor targets, int columns, int batchSize) {
    long each = targets.shape().elements() / batchSize;
    if (each < 1 || columns % each != 0) {
      throw new RunException(
          "%s: targets of %s are %s, but %s gives %d values per sample"
              .formatted(data.name(), data.name(), targets, model, columns));
    }
    return (int) each;
  }

  private float[] values(Tensor output, int batchSize) {
    if (output.dtype() != DType.FLOAT32 || output.shape().elements() % batchSize != 0) {
      throw new RunException(
          "%s: scoring needs a first output of FLOAT32 with a row per sample, got %s for %d samples"
              .formatted(model, output, batchSize));
    }
    requireNumbers(model, output, batchSize, data, samples);
    return output.toFloats();
  }

  /**
   * Fails where a float32 output of a batch is NaN.
   *
   * @param first the sample of the batch's first row
   * @throws RunException naming the sample
   */
  static void requireNumbers(
      String model, Tensor output, int batchSize, DataSource data, int first) {
    long count = output.shape().elements();
    for (long i = 0; i < count; i++) {
      if (Float.isNaN(output.getFloat(i))) {
        throw new RunException(
            "%s: output is NaN for sample %d of %s"
                .formatted(model, first + i * batchSize / count, data.name()));
      }
    }
  }

  private void addClasses(float[] values, int columns, long[] targets, int[] predicted) {
    int classes = Math.max(columns, 2);
    for (int row = 0; row < predicted.length; row++) {
      long target = targets[row];
      if (target < 0 || target >= classes) {
        throw new RunException(
            "%s: sample %d has class %d, but %s gives %d classes"
                .formatted(data.name(), samples + row, target, model, classes));
      }
      correct += predicted[row] == target ? 1 : 0;
      float[] scores = Arrays.copyOfRange(values, row * columns, (row + 1) * columns);
      Optional<Double> loss = kind.crossEntropy(scores, (int) target);
      lossKnown &= loss.isPresent();
      lossSum += loss.orElse(0.0);
    }
  }

  private void addValues(float[] values, int columns, Tensor targets, int batchSize, int rows) {
    if (targets.dtype() != DType.FLOAT32
        || targets.shape().elements() != (long) columns * batchSize) {
      throw new RunException(
          "%s: targets of %s are %s, but %s gives %d values per sample"
              .formatted(data.name(), data.name(), targets, model, columns));
    }
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        double difference = values[i] - targets.getFloat(i);
        sum += difference * difference;
      }
      lossSum += sum / columns;
    }
  }

  /** The class of each row: the first largest column, or the threshold's side. */
  static int[] predict(float[] values, int columns, int rows, OutputKind kind) {
    int[] classes = new int[rows];
    for (int row = 0; row < rows; row++) {
      int at = row * columns;
      if (columns == 1) {
        classes[row] = values[at] >= kind.threshold() ? 1 : 0;
      } else {
        int best = 0;
        for (int i = 1; i < columns; i++) {
          best = values[at + i] > values[at + best] ? i : best;
        }
        classes[row] = best;
      }
    }
    return classes;
  }

  Evaluation evaluation(SampleFeed feed) {
    Evaluation.LossKind lossKind =
        classTargets ? Evaluation.LossKind.CROSS_ENTROPY : Evaluation.LossKind.MEAN_SQUARED_ERROR;
    return new Evaluation(
        samples,
        feed.batchSize(),
        feed.fixedByModel(),
        classTargets ? OptionalDouble.of((double) correct / labels) : OptionalDouble.empty(),
        lossKnown ? Optional.of(new Evaluation.Loss(lossKind, lossSum / labels)) : Optional.empty(),
        counts.scores());
  }
}
