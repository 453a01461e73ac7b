package dev.swage.run;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Walks a data source in batches a model accepts. Where the model fixes the batch dimension, its
 * size wins and the last batch is filled up with its last sample; axes of size 1 are added or
 * dropped where model and data differ only in those. Streams are read in batches of one window of
 * each. States a model carries are not the data's to give: see {@link StateFeed}.
 */
final class SampleFeed {
  private final List<ValueInfo> wanted;
  private final DataSource data;
  private final int batchSize;
  private final boolean fixed;
  private final boolean fixedByModel;

  SampleFeed(ModelSession session, DataSource data, int wantedBatchSize) {
    if (wantedBatchSize < 1) {
      throw new IllegalArgumentException("batch size must be at least 1, got " + wantedBatchSize);
    }
    if (data.size() == 0) {
      throw new RunException("%s has no samples to run".formatted(data.name()));
    }
    List<ValueInfo> wanted =
        session.inputs().stream().filter(i -> !session.states().isState(i.name())).toList();
    if (data.inputShapes().size() != wanted.size()) {
      throw new RunException(
          "%s wants %d inputs, %s has %d"
              .formatted(session.name(), wanted.size(), data.name(), data.inputShapes().size()));
    }
    this.wanted = wanted;
    this.data = data;
    // Samples that cannot be stacked come as stored, with the batch axis the model wants.
    OptionalLong modelSize = data.largestBatch() == 1 ? OptionalLong.empty() : fixedBatch(wanted);
    this.fixed = modelSize.isPresent();
    this.fixedByModel = fixed && modelSize.getAsLong() != wantedBatchSize;
    this.batchSize =
        fixed
            ? Math.toIntExact(modelSize.getAsLong())
            : data.streams()
                .orElse(Math.min(wantedBatchSize, Math.min(data.size(), data.largestBatch())));
  }

  private static OptionalLong fixedBatch(List<ValueInfo> inputs) {
    for (ValueInfo input : inputs) {
      List<ValueInfo.Dim> dims = input.dims().orElse(List.of());
      if (!dims.isEmpty()
          && dims.getFirst() instanceof ValueInfo.Dim.Fixed(long size)
          && size > 0) {
        return OptionalLong.of(size);
      }
    }
    return OptionalLong.empty();
  }

  int batchSize() {
    return batchSize;
  }

  /** Whether the model's own batch size replaced the wanted one. */
  boolean fixedByModel() {
    return fixedByModel;
  }

  /** Samples {@code from … from+batchSize−1}, the last one repeated beyond the end of the data. */
  Batch batch(int from) {
    int[] indices = new int[fixed ? batchSize : Math.min(batchSize, data.size() - from)];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = Math.min(from + i, data.size() - 1);
    }
    return data.batch(indices);
  }

  /** How many of the samples in {@code batch(from)} are not repetitions. */
  int rows(int from) {
    return Math.min(batchSize, data.size() - from);
  }

  /** The batch's inputs in the shapes the model wants. */
  List<Tensor> inputs(Batch batch) {
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < wanted.size(); i++) {
      inputs.add(fit(batch.inputs().get(i), wanted.get(i)));
    }
    return inputs;
  }

  private static Tensor fit(Tensor tensor, ValueInfo wanted) {
    List<ValueInfo.Dim> dims = wanted.dims().orElse(List.of());
    if (dims.isEmpty() || wanted.dtype().filter(type -> type == DType.FLOAT32).isEmpty()) {
      return tensor;
    }
    long[] shape = new long[dims.size()];
    shape[0] = tensor.shape().dim(0);
    for (int i = 1; i < shape.length; i++) {
      if (!(dims.get(i) instanceof ValueInfo.Dim.Fixed(long size))) {
        return tensor;
      }
      shape[i] = size;
    }
    Shape target = Shape.of(shape);
    return withoutOnes(target).equals(withoutOnes(tensor.shape()))
        ? tensor.reshaped(target)
        : tensor;
  }

  private static List<Long> withoutOnes(Shape shape) {
    List<Long> dims = new ArrayList<>();
    for (int i = 1; i < shape.rank(); i++) {
      if (shape.dim(i) != 1) {
        dims.add(shape.dim(i));
      }
    }
    return dims;
  }
}
