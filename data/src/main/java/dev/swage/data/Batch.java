package dev.swage.data;

import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * Some samples, stacked along a new first axis.
 *
 * @param inputs one tensor {@code [n, …]} per model input, in the model's order
 * @param targets the labels: int64 {@code [n]} class indices, {@code [n, steps]} of sequences, or
 *     float32 {@code [n, …]} values; empty for data without labels
 */
public record Batch(List<Tensor> inputs, Optional<Tensor> targets) {
  public Batch {
    inputs = List.copyOf(inputs);
  }

  /** Number of samples. */
  public int size() {
    return Math.toIntExact(inputs.getFirst().shape().dim(0));
  }
}
