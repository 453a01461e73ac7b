package dev.swage.run;

import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OutputMeaning;
import java.util.Optional;

/** What the numbers of a model's first output mean when its targets are classes. */
public enum OutputKind {
  /** Probabilities: the positive class of a single column begins at 0.5. */
  PROBABILITIES,
  /** Logarithms of probabilities. */
  LOG_PROBABILITIES,
  /** Unnormalised log-odds: the positive class of a single column begins at 0. */
  LOGITS,
  /** Not known: classes are read as from probabilities, cross-entropy is not computed. */
  UNKNOWN;

  /**
   * Reads the kind off the operators that compute a graph's first output: Softmax and Sigmoid give
   * probabilities, LogSoftmax their logarithms, a linear layer logits. Quantization is seen
   * through: conversions from and to codes, operators on codes, the rescaling of integer products,
   * ONNX Runtime's fused operators. Where the codes of a linear layer stand for no negative number,
   * a Relu may have been left out for them: its kind is then unknown, as behind a Relu.
   */
  public static OutputKind of(Graph graph) {
    return OutputEnding.of(graph);
  }

  /**
   * The kind that a model's metadata names ({@link OutputMeaning}), also where the operators say
   * something else; without metadata as {@link #of(Graph)}.
   *
   * @throws dev.swage.onnx.OnnxException if the metadata holds another word than the three
   */
  public static OutputKind of(OnnxModel model) {
    return OutputMeaning.of(model).map(OutputKind::of).orElseGet(() -> of(model.graph()));
  }

  /**
   * The kind to score a model with that is compared with a reference. It is the reference's, unless
   * the model says by itself that it is another:
   *
   * <ul>
   *   <li>its metadata names its kind
   *   <li>or its operators tell a kind, and the reference's operators tell another one
   * </ul>
   *
   * <p>Where only the operators of the model tell a kind, this counts if it is not quantized:
   * quantization may have left out what makes the reference's kind unknown.
   *
   * @throws dev.swage.onnx.OnnxException if metadata holds another word than the three
   */
  public static OutputKind ofCompared(OnnxModel reference, OnnxModel model) {
    OutputKind expected = of(reference);
    if (OutputMeaning.of(model).isPresent()) {
      return of(model);
    }
    OutputKind own = of(model.graph());
    OutputKind before = of(reference.graph());
    boolean onlyQuantized = before == UNKNOWN && OutputEnding.isQuantized(model.graph());
    return own == UNKNOWN || own == before || onlyQuantized ? expected : own;
  }

  private static OutputKind of(OutputMeaning meaning) {
    return switch (meaning) {
      case PROBABILITIES -> PROBABILITIES;
      case LOG_PROBABILITIES -> LOG_PROBABILITIES;
      case LOGITS -> LOGITS;
    };
  }

  /** This kind as a model's metadata names it; empty for {@link #UNKNOWN}. */
  public Optional<OutputMeaning> meaning() {
    return switch (this) {
      case PROBABILITIES -> Optional.of(OutputMeaning.PROBABILITIES);
      case LOG_PROBABILITIES -> Optional.of(OutputMeaning.LOG_PROBABILITIES);
      case LOGITS -> Optional.of(OutputMeaning.LOGITS);
      case UNKNOWN -> Optional.empty();
    };
  }

  /** The smallest single-column output that means the positive class. */
  public double threshold() {
    return switch (this) {
      case PROBABILITIES, UNKNOWN -> 0.5;
      case LOGITS -> 0;
      case LOG_PROBABILITIES -> Math.log(0.5);
    };
  }

  /**
   * −log p(target) of one row of outputs, in double, with probabilities kept above 1e-12; empty
   * when the kind is not known.
   */
  public Optional<Double> crossEntropy(float[] row, int target) {
    double floor = Math.log(1e-12);
    return switch (this) {
      case UNKNOWN -> Optional.empty();
      case PROBABILITIES -> Optional.of(-Math.max(floor, Math.log(probability(row, target))));
      case LOG_PROBABILITIES -> Optional.of(-Math.max(floor, logProbability(row, target)));
      case LOGITS -> Optional.of(-Math.max(floor, logSoftmax(row, target)));
    };
  }

  /**
   * The probabilities of the classes in one row of outputs, in double: two of a single column. The
   * row as it is when the kind is not known.
   */
  public double[] probabilities(float[] row) {
    double[] all = new double[Math.max(row.length, this == UNKNOWN ? 1 : 2)];
    for (int i = 0; i < all.length; i++) {
      all[i] =
          switch (this) {
            case UNKNOWN -> row[i];
            case PROBABILITIES -> probability(row, i);
            case LOG_PROBABILITIES -> Math.exp(logProbability(row, i));
            case LOGITS -> Math.exp(logSoftmax(row, i));
          };
    }
    return all;
  }

  private static double probability(float[] row, int target) {
    return row.length > 1 ? row[target] : target == 1 ? row[0] : 1 - (double) row[0];
  }

  private static double logProbability(float[] row, int target) {
    if (row.length > 1) {
      return row[target];
    }
    return target == 1 ? row[0] : Math.log(-Math.expm1(row[0]));
  }

  private static double logSoftmax(float[] row, int target) {
    if (row.length == 1) {
      double logit = target == 1 ? row[0] : -row[0];
      return logit < 0 ? logit - Math.log1p(Math.exp(logit)) : -Math.log1p(Math.exp(-logit));
    }
    double max = Double.NEGATIVE_INFINITY;
    for (float value : row) {
      max = Math.max(max, value);
    }
    double sum = 0;
    for (float value : row) {
      sum += Math.exp(value - max);
    }
    return row[target] - max - Math.log(sum);
  }
}
