package dev.swage.train.torch;

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

  /** Outputs {@code [n, classes, …]}, class numbers {@code [n, …]}. */
  record CrossEntropy(Scale scale) implements TorchLoss {}

  /** Logits {@code [n, steps, classes]}, class numbers {@code [n, steps]}. */
  record SequenceCrossEntropy() implements TorchLoss {}

  record SquaredError() implements TorchLoss {}

  /** Half the square up to {@code delta}, then {@code delta·(|e| − delta/2)}. */
  record Huber(double delta) implements TorchLoss {}
}
