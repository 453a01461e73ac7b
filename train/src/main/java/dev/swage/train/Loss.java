package dev.swage.train;

/**
 * What training makes small, as a mean over all elements of a batch. A loss reads the model's first
 * output.
 *
 * <p>Losses on probabilities are computed from the logits when the model ends in the matching
 * activation (Sigmoid; Softmax over the last axis of {@code [n, classes]}): gradients then stay
 * exact where the probability rounds to 0 or 1. The exported graph keeps its activation. On a model
 * without one, probabilities are taken as they come and their logarithm is limited: to −100 for the
 * binary loss, to that of the smallest normal float for the other.
 */
public sealed interface Loss {
  /** The loss and its settings in words, for provenance and reports. */
  String describe();

  /** Whether the loss compares classes, so that accuracy has a meaning. */
  boolean classifies();

  /** {@code −(t·ln p + (1−t)·ln(1−p))} of probabilities and labels in {0, 1}, one per sample. */
  static Loss binaryCrossEntropy() {
    return new BinaryCrossEntropy(Output.PROBABILITIES);
  }

  /** The same of logits: outputs before a sigmoid. */
  static Loss binaryCrossEntropyWithLogits() {
    return new BinaryCrossEntropy(Output.LOGITS);
  }

  /** {@code −ln p[t]} of probabilities {@code [n, classes, …]} and class numbers {@code [n, …]}. */
  static Loss crossEntropy() {
    return new CrossEntropy(Output.PROBABILITIES);
  }

  /** The same of logits: outputs before a softmax. */
  static Loss crossEntropyWithLogits() {
    return new CrossEntropy(Output.LOGITS);
  }

  /** The same of log-probabilities: outputs of a log-softmax. */
  static Loss crossEntropyWithLogProbabilities() {
    return new CrossEntropy(Output.LOG_PROBABILITIES);
  }

  /**
   * The same of logits after every step of a sequence: {@code [n, steps, classes]} and class
   * numbers {@code [n, steps]}.
   */
  static Loss sequenceCrossEntropy() {
    return new SequenceCrossEntropy();
  }

  /** {@code (y − t)²}. */
  static Loss meanSquaredError() {
    return new MeanSquaredError();
  }

  /** {@code (y − t)²/2} where the difference is at most {@code delta}, linear beyond. */
  static Loss huber(double delta) {
    return new Huber(delta);
  }

  /** What the model's output numbers are. */
  enum Output {
    PROBABILITIES("probabilities"),
    LOG_PROBABILITIES("log-probabilities"),
    LOGITS("logits");

    private final String words;

    Output(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  record BinaryCrossEntropy(Output output) implements Loss {
    public BinaryCrossEntropy {
      if (output == Output.LOG_PROBABILITIES) {
        throw new IllegalArgumentException(
            "binary cross-entropy reads probabilities or logits, got " + output);
      }
    }

    @Override
    public String describe() {
      return "binary cross-entropy on " + output;
    }

    @Override
    public boolean classifies() {
      return true;
    }
  }

  record CrossEntropy(Output output) implements Loss {
    @Override
    public String describe() {
      return "cross-entropy on " + output;
    }

    @Override
    public boolean classifies() {
      return true;
    }
  }

  record SequenceCrossEntropy() implements Loss {
    @Override
    public String describe() {
      return "cross-entropy on logits of every step";
    }

    @Override
    public boolean classifies() {
      return true;
    }
  }

  record MeanSquaredError() implements Loss {
    @Override
    public String describe() {
      return "mean squared error";
    }

    @Override
    public boolean classifies() {
      return false;
    }
  }

  /**
   * @param delta > 0
   */
  record Huber(double delta) implements Loss {
    public Huber {
      Checks.positive("delta", delta);
    }

    @Override
    public String describe() {
      return "huber(delta=" + delta + ")";
    }

    @Override
    public boolean classifies() {
      return false;
    }
  }
}
