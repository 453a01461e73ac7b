package dev.swage.run;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.util.Optional;
import java.util.Set;

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

  private static final Set<String> PASS_THROUGH =
      Set.of("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout");
  private static final Set<String> LINEAR =
      Set.of("Gemm", "MatMul", "MatMulNBits", "Conv", "Add", "GlobalAveragePool");

  /**
   * Reads the kind off the operator that computes a graph's first output: Softmax and Sigmoid give
   * probabilities, LogSoftmax their logarithms, a linear layer logits.
   */
  public static OutputKind of(Graph graph) {
    String value = graph.outputs().getFirst().name();
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      Node node = graph.nodes().get(i);
      if (node.outputs().contains(value)) {
        if (!PASS_THROUGH.contains(node.opType())) {
          return ofOperator(node.opType());
        }
        value = node.input(0);
      }
    }
    return UNKNOWN;
  }

  private static OutputKind ofOperator(String opType) {
    return switch (opType) {
      case "Softmax", "Sigmoid" -> PROBABILITIES;
      case "LogSoftmax" -> LOG_PROBABILITIES;
      case String linear when LINEAR.contains(linear) -> LOGITS;
      default -> UNKNOWN;
    };
  }

  /** The smallest single-column output that means the positive class. */
  double threshold() {
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
  Optional<Double> crossEntropy(float[] row, int target) {
    double floor = Math.log(1e-12);
    return switch (this) {
      case UNKNOWN -> Optional.empty();
      case PROBABILITIES -> Optional.of(-Math.max(floor, Math.log(probability(row, target))));
      case LOG_PROBABILITIES -> Optional.of(-Math.max(floor, logProbability(row, target)));
      case LOGITS -> Optional.of(-Math.max(floor, logSoftmax(row, target)));
    };
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
