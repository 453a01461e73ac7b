package dev.swage.train.torch;

import java.util.List;

/** Losses as libtorch computes them: the mean over all elements of a batch. */
public sealed interface TorchLoss {
  /** What the numbers of a classifier's output are. */
  enum Scale {
    PROBABILITY,
    LOG_PROBABILITY,
    LOGIT
  }

  /** One output per label in {0, 1}, as a probability or a logit. */
  record BinaryCrossEntropy(Scale scale) implements TorchLoss {
    public BinaryCrossEntropy {
      if (scale == Scale.LOG_PROBABILITY) {
        throw new IllegalArgumentException(
            "binary cross-entropy reads probabilities or logits, got " + scale);
      }
    }
  }

  /**
   * Outputs {@code [n, classes, …]}, class numbers {@code [n, …]}.
   *
   * @param smoothing part of the probability that all classes share
   * @param weights one for each class; empty for none
   */
  record CrossEntropy(Scale scale, double smoothing, List<Double> weights) implements TorchLoss {
    public CrossEntropy {
      weights = List.copyOf(weights);
    }

    public CrossEntropy(Scale scale) {
      this(scale, 0, List.of());
    }

    boolean isPlain() {
      return smoothing == 0 && weights.isEmpty();
    }
  }

  /** Logits {@code [n, steps, classes]}, class numbers {@code [n, steps]}. */
  record SequenceCrossEntropy() implements TorchLoss {}

  record SquaredError() implements TorchLoss {}

  /** Half the square up to {@code delta}, then {@code delta·(|e| − delta/2)}. */
  record Huber(double delta) implements TorchLoss {}
}
