package dev.swage.train;

import dev.swage.data.Batch;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;

/**
 * One bad batch, made on purpose: the inputs of one optimizer step are multiplied by a factor. For
 * experiments on what clipping does to a spike.
 *
 * @param step the optimizer step, from 0
 * @param factor finite
 */
public record Disturbance(long step, double factor) {
  public Disturbance {
    if (step < 0 || !Double.isFinite(factor)) {
      throw new IllegalArgumentException(
          "a disturbance needs a step >= 0 and a finite factor, got step %d and factor %s"
              .formatted(step, factor));
    }
  }

  /** The batch of a step as training sees it. */
  Batch applied(long now, Batch batch) {
    return now == step
        ? new Batch(batch.inputs().stream().map(this::multiplied).toList(), batch.targets())
        : batch;
  }

  private Tensor multiplied(Tensor input) {
    if (input.dtype() != DType.FLOAT32) {
      throw new TrainingException(
          "a disturbance multiplies float inputs, got %s; leave it out for tokens"
              .formatted(input));
    }
    float[] values = input.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] *= (float) factor;
    }
    return Tensor.ofFloats(input.shape(), values);
  }
}
