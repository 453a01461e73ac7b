package dev.swage.train;

import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/** Metrics beyond loss and accuracy, from a model's outputs batch by batch. */
sealed interface ScoreFigures permits ClassFigures, BinaryFigures, ValueFigures {
  /**
   * @param output what the loss is computed on
   */
  void add(Tensor output, Tensor targets);

  Map<Metric, Double> result();

  default Optional<ConfusionMatrix> confusion() {
    return Optional.empty();
  }

  /** Empty for losses whose accuracy says all: their outputs are large, and need not be copied. */
  static Optional<ScoreFigures> of(Objective objective, Loss loss) {
    return switch (loss) {
      case Loss.CrossEntropy _ -> Optional.of(new ClassFigures());
      case Loss.BinaryCrossEntropy _ -> Optional.of(new BinaryFigures(objective.threshold()));
      case Loss.MeanSquaredError _, Loss.Huber _ -> Optional.of(new ValueFigures());
      case Loss.SequenceCrossEntropy _ -> Optional.empty();
    };
  }

  static double number(Tensor tensor, long index) {
    return switch (tensor.dtype()) {
      case FLOAT32 -> tensor.getFloat(index);
      case INT64 -> tensor.data().get(Tensor.LE_LONG, index * Long.BYTES);
      case INT32 -> tensor.data().get(Tensor.LE_INT, index * Integer.BYTES);
      default ->
          throw new TrainingException(
              "targets must be %s, %s or %s, got %s"
                  .formatted(DType.FLOAT32, DType.INT64, DType.INT32, tensor.dtype()));
    };
  }
}
