package dev.swage.run;

import dev.swage.data.DataSource;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How near a model's outputs come to a reference's, all of them.
 *
 * @param samples how many samples both ran on
 * @param outputs the float32 outputs, in the model's order
 * @param topOneAgreement share of the rows of the first output {@code [n, classes]} whose largest
 *     element is at the same place; empty where the first output has another form
 */
public record OutputFidelity(
    int samples, List<OutputError> outputs, OptionalDouble topOneAgreement) {
  public OutputFidelity {
    outputs = List.copyOf(outputs);
  }

  /**
   * One output.
   *
   * @param sqnrDb {@code 10 log10(Σx² / Σ(x − y)²)}; +∞ when equal
   * @param maxAbsDiff largest |x − y|
   */
  public record OutputError(String name, double sqnrDb, double maxAbsDiff) {}

  /** The least of the outputs' signal-to-noise ratios; +∞ without a float32 output. */
  public double leastSqnrDb() {
    return outputs.stream().mapToDouble(OutputError::sqnrDb).min().orElse(Double.POSITIVE_INFINITY);
  }

  /**
   * Runs both on all samples, states carried where the data are streams.
   *
   * @throws RunException if either cannot be run on the data, or shapes or types differ
   */
  public static OutputFidelity of(
      ModelSession reference, ModelSession candidate, DataSource data, int batchSize) {
    return BatchRetry.over(
        reference, data, batchSize, feed -> of(reference, candidate, data, feed));
  }

  private static OutputFidelity of(
      ModelSession reference, ModelSession candidate, DataSource data, SampleFeed feed) {
    Outputs outputs = Outputs.of(reference, candidate);
    StateFeed referenceStates = new StateFeed(reference, data);
    StateFeed candidateStates = new StateFeed(candidate, data);
    for (int from = 0; from < data.size(); from += feed.batchSize()) {
      List<Tensor> inputs = feed.inputs(feed.batch(from));
      outputs.add(referenceStates.run(inputs), candidateStates.run(inputs));
    }
    return outputs.fidelity(data.size());
  }

  /** Runs both on these inputs, each a list of one tensor per input. */
  public static OutputFidelity of(
      ModelSession reference, ModelSession candidate, List<List<Tensor>> inputs) {
    Outputs outputs = Outputs.of(reference, candidate);
    for (List<Tensor> input : inputs) {
      outputs.add(reference.run(input), candidate.run(input));
    }
    return outputs.fidelity(inputs.size());
  }

  /** Adds up the outputs of the runs. */
  static final class Outputs {
    private final String reference;
    private final List<String> names;
    private final String candidate;
    private final List<SignalToNoise> errors = new ArrayList<>();
    private long rows;
    private long agreed;

    Outputs(String reference, List<String> names, String candidate) {
      this.reference = reference;
      this.names = names;
      this.candidate = candidate;
      names.forEach(output -> errors.add(new SignalToNoise()));
    }

    static Outputs of(ModelSession reference, ModelSession candidate) {
      List<String> names = reference.outputs().stream().map(output -> output.name()).toList();
      return new Outputs(reference.name(), names, candidate.name());
    }

    void add(List<Tensor> expected, List<Tensor> found) {
      for (int i = 0; i < errors.size(); i++) {
        Tensor x = expected.get(i);
        Tensor y = found.get(i);
        if (x.dtype() != y.dtype() || !x.shape().equals(y.shape())) {
          throw new RunException(
              "%s gives %s for output '%s' where %s gives %s"
                  .formatted(candidate, y, names.get(i), reference, x));
        }
        if (x.dtype() == DType.FLOAT32) {
          errors.get(i).add(x, y);
        }
      }
      Tensor first = expected.getFirst();
      if (first.dtype() == DType.FLOAT32
          && first.shape().rank() == 2
          && first.shape().dim(1) >= 2) {
        count(first, found.getFirst());
      }
    }

    private void count(Tensor x, Tensor y) {
      int columns = Math.toIntExact(x.shape().dim(1));
      int count = Math.toIntExact(x.shape().dim(0));
      int[] a = OutputScores.predict(x.toFloats(), columns, count, OutputKind.UNKNOWN);
      int[] b = OutputScores.predict(y.toFloats(), columns, count, OutputKind.UNKNOWN);
      for (int i = 0; i < count; i++) {
        agreed += a[i] == b[i] ? 1 : 0;
      }
      rows += count;
    }

    OutputFidelity fidelity(int samples) {
      List<OutputError> outputs = new ArrayList<>();
      for (int i = 0; i < errors.size(); i++) {
        SignalToNoise error = errors.get(i);
        if (error.compared()) {
          outputs.add(new OutputError(names.get(i), error.decibels(), error.maxAbsDiff()));
        }
      }
      return new OutputFidelity(
          samples,
          outputs,
          rows == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) agreed / rows));
    }
  }
}
