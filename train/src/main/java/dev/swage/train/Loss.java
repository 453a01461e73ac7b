package dev.swage.train;

import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import java.util.List;

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

  /**
   * The loss that goes without saying for a model and data: cross-entropy for classes, on what the
   * model's last operator gives, and mean squared error for values.
   *
   * @throws TrainingException if the data has no targets, or more classes than the model has
   *     outputs
   */
  static Loss fitting(OnnxModel model, DataSource data) {
    return LossChoice.of(model, data);
  }

  /** {@code −(t·ln p + (1−t)·ln(1−p))} of probabilities and labels in {0, 1}, one per sample. */
  static Loss binaryCrossEntropy() {
    return new BinaryCrossEntropy(Output.PROBABILITIES);
  }

  /** The same of logits: outputs before a sigmoid. */
  static Loss binaryCrossEntropyWithLogits() {
    return new BinaryCrossEntropy(Output.LOGITS);
  }

  /** {@code −ln p[t]} of probabilities {@code [n, classes, …]} and class numbers {@code [n, …]}. */
  static CrossEntropy crossEntropy() {
    return new CrossEntropy(Output.PROBABILITIES, ClassBalance.NONE);
  }

  /** The same of logits: outputs before a softmax. */
  static CrossEntropy crossEntropyWithLogits() {
    return new CrossEntropy(Output.LOGITS, ClassBalance.NONE);
  }

  /** The same of log-probabilities: outputs of a log-softmax. */
  static CrossEntropy crossEntropyWithLogProbabilities() {
    return new CrossEntropy(Output.LOG_PROBABILITIES, ClassBalance.NONE);
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

  /**
   * With ε and weights w: {@code Σ w[t]·((1−ε)·(−ln p[t]) + ε·mean over classes of −ln p) / Σ
   * w[t]}; the weights stand at the term of the target only in the first part, and at each class's
   * own term in the second, as PyTorch has it.
   */
  record CrossEntropy(Output output, ClassBalance balance) implements Loss {
    /**
     * Takes a part of the probability from the target and spreads it over all classes.
     *
     * @param epsilon in [0, 1)
     */
    public CrossEntropy labelSmoothing(double epsilon) {
      return new CrossEntropy(output, new ClassBalance(epsilon, balance.weights()));
    }

    /**
     * Weighs samples by their class.
     *
     * @param weights one for each class, positive
     */
    public CrossEntropy classWeights(List<Double> weights) {
      return new CrossEntropy(output, new ClassBalance(balance.smoothing(), weights));
    }

    @Override
    public String describe() {
      return "cross-entropy on " + output + balance.describe();
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
