package dev.swage.train;

import dev.swage.data.Batch;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.OptionalLong;

/** Checks that a batch has the labels a loss can use, naming the sample that has not. */
final class Labels {
  private final Loss loss;
  private final OptionalLong classes;

  private Labels(Loss loss, OptionalLong classes) {
    this.loss = loss;
    this.classes = classes;
  }

  /**
   * @throws TrainingException if the loss weighs another number of classes than the model has
   */
  static Labels of(Loss loss, OnnxModel model) {
    OptionalLong classes =
        switch (loss) {
          case Loss.BinaryCrossEntropy _ -> OptionalLong.of(2);
          case Loss.CrossEntropy _ -> width(model.graph().outputs().getFirst(), 1);
          case Loss.SequenceCrossEntropy _ -> width(model.graph().outputs().getFirst(), 2);
          case Loss.MeanSquaredError _ -> OptionalLong.empty();
          case Loss.Huber _ -> OptionalLong.empty();
        };
    if (loss instanceof Loss.CrossEntropy cross) {
      classes.ifPresent(count -> requireWeights(cross, count, model));
    }
    return new Labels(loss, classes);
  }

  /** Where the model does not say how many classes it has, the first step says it. */
  private static void requireWeights(Loss.CrossEntropy loss, long classes, OnnxModel model) {
    int weights = loss.balance().weights().size();
    if (weights > 0 && weights != classes) {
      throw new TrainingException(
          "there are %d class weights, output '%s' of the model has %d classes; give one for each"
              .formatted(weights, model.graph().outputs().getFirst().name(), classes));
    }
  }

  private static OptionalLong width(ValueInfo output, int axis) {
    List<Dim> dims = output.dims().orElse(List.of());
    return dims.size() > axis && dims.get(axis) instanceof Dim.Fixed f
        ? OptionalLong.of(f.size())
        : OptionalLong.empty();
  }

  void check(Batch batch, int[] indices, String source) {
    Tensor targets =
        batch
            .targets()
            .orElseThrow(() ->
                new TrainingException(
                    "%s has no targets, %s needs them".formatted(source, loss.describe())));
    if (classes.isPresent() && targets.dtype() == DType.INT64) {
      checkRange(targets, indices, source);
    }
  }

  private void checkRange(Tensor targets, int[] indices, String source) {
    long elements = targets.shape().elements();
    long perSample = Math.max(1, elements / indices.length);
    long limit = classes.getAsLong();
    for (long i = 0; i < elements; i++) {
      long label = targets.data().get(Tensor.LE_LONG, i * Long.BYTES);
      if (label < 0 || label >= limit) {
        throw new TrainingException(
            "%s: sample %d has label %d, expected 0 to %d: the model tells %d classes apart"
                .formatted(source, indices[(int) (i / perSample)], label, limit - 1, limit));
      }
    }
  }
}
