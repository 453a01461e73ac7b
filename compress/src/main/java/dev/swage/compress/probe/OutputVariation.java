package dev.swage.compress.probe;

import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How much each of a model's outputs varies. */
record OutputVariation(List<Degree> outputs) {
  OutputVariation {
    outputs = List.copyOf(outputs);
  }

  /**
   * Of one output, as shares of its size (root mean squares).
   *
   * @param between what differs from input to input; 0 of an output that holds no numbers, or not
   *     only finite ones
   * @param within what differs within a sample; 1 of outputs of a single element
   */
  record Degree(double between, double within) {
    boolean varies() {
      return between >= Probes.VARIES;
    }

    /** What varies from input to input counts twice. */
    int score() {
      return (varies() ? 2 : 0) + (within >= Probes.VARIES ? 1 : 0);
    }
  }

  /**
   * Of these runs.
   *
   * @param runs for each input, the outputs
   */
  static OutputVariation of(List<List<Tensor>> runs) {
    List<Degree> outputs = new ArrayList<>();
    for (int output = 0; output < runs.getFirst().size(); output++) {
      int at = output;
      List<double[]> samples =
          runs.stream().map(run -> Elements.of(run.get(at))).flatMap(Optional::stream).toList();
      boolean numbers = samples.size() == runs.size() && isFinite(samples);
      outputs.add(numbers ? degree(samples) : new Degree(0, 0));
    }
    return new OutputVariation(outputs);
  }

  private static Degree degree(List<double[]> samples) {
    return new Degree(
        between(samples), samples.stream().mapToDouble(OutputVariation::within).max().orElse(0));
  }

  private static boolean isFinite(List<double[]> samples) {
    for (double[] sample : samples) {
      for (double value : sample) {
        if (!Double.isFinite(value)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Outputs whose length differs from input to input vary as much as can be. */
  private static double between(List<double[]> samples) {
    int length = samples.getFirst().length;
    if (samples.stream().anyMatch(sample -> sample.length != length)) {
      return 1;
    }
    double size = 0;
    double varying = 0;
    for (int i = 0; i < length; i++) {
      double mean = 0;
      for (double[] sample : samples) {
        mean += sample[i] / samples.size();
      }
      for (double[] sample : samples) {
        size += sample[i] * sample[i];
        varying += (sample[i] - mean) * (sample[i] - mean);
      }
    }
    return size == 0 ? 0 : Math.sqrt(varying / size);
  }

  private static double within(double[] sample) {
    if (sample.length <= 1) {
      return sample.length;
    }
    double mean = 0;
    double size = 0;
    for (double value : sample) {
      mean += value / sample.length;
      size += value * value;
    }
    double varying = 0;
    for (double value : sample) {
      varying += (value - mean) * (value - mean);
    }
    return size == 0 ? 0 : Math.sqrt(varying / size);
  }

  boolean varies(int output) {
    return outputs.get(output).varies();
  }

  /** Whether every output varies, from input to input and in itself. */
  boolean isFull() {
    return score() == 3L * outputs.size();
  }

  /** To tell which inputs show more. */
  long score() {
    return outputs.stream().mapToLong(Degree::score).sum();
  }
}
