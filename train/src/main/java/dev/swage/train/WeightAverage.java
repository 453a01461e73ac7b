package dev.swage.train;

import dev.swage.clip.ParameterRole;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * An exponential moving average of a run's weights: {@code a ← d·a + (1−d)·w} after each step,
 * where d is the smaller one of the decay and {@code (1+step)/(10+step)}, so that the average
 * forgets the first weights soon.
 */
final class WeightAverage implements AutoCloseable {
  private static final String NAME = "average/";
  private static final int CHUNK = 1 << 12;

  private final double decay;
  private final List<Parameter> parameters;
  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> averages = new ArrayList<>();

  WeightAverage(double decay, List<Parameter> parameters) {
    this.decay = decay;
    this.parameters = parameters;
    try {
      for (Parameter parameter : parameters) {
        MemorySegment data = parameter.data();
        averages.add(arena.allocate(data.byteSize(), 64).copyFrom(data));
      }
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /** Takes in the weights after a step, counted from 0. */
  void add(long step) {
    float kept = (float) Math.min(decay, (1.0 + step) / (10.0 + step));
    for (int i = 0; i < averages.size(); i++) {
      add(averages.get(i), parameters.get(i).data(), kept);
    }
  }

  /** Begins anew for scales and zero points of quantizers, with what they are now. */
  void restartQuantizers() {
    for (int i = 0; i < averages.size(); i++) {
      if (parameters.get(i).info().role() == ParameterRole.QUANTIZER) {
        averages.get(i).copyFrom(parameters.get(i).data());
      }
    }
  }

  private static void add(MemorySegment average, MemorySegment weights, float kept) {
    float[] a = new float[CHUNK];
    float[] w = new float[CHUNK];
    long elements = average.byteSize() / Float.BYTES;
    for (long at = 0; at < elements; at += CHUNK) {
      int count = (int) Math.min(CHUNK, elements - at);
      MemorySegment.copy(average, Tensor.LE_FLOAT, at * Float.BYTES, a, 0, count);
      MemorySegment.copy(weights, Tensor.LE_FLOAT, at * Float.BYTES, w, 0, count);
      for (int i = 0; i < count; i++) {
        a[i] = kept * a[i] + (1 - kept) * w[i];
      }
      MemorySegment.copy(a, 0, average, Tensor.LE_FLOAT, at * Float.BYTES, count);
    }
  }

  /** Does something while the model has the averages for its weights. */
  <T> T during(Supplier<T> action) {
    exchange();
    try {
      return action.get();
    } finally {
      exchange();
    }
  }

  private void exchange() {
    for (int i = 0; i < averages.size(); i++) {
      MemorySegment weights = parameters.get(i).data();
      MemorySegment copy = HeapMemory.allocate(weights.byteSize()).copyFrom(weights);
      weights.copyFrom(averages.get(i));
      averages.get(i).copyFrom(copy);
    }
  }

  /** Adds the averages to a checkpoint. */
  void save(Map<String, Tensor> tensors) {
    for (int i = 0; i < averages.size(); i++) {
      Parameter parameter = parameters.get(i);
      MemorySegment average = averages.get(i);
      MemorySegment copy = HeapMemory.allocate(average.byteSize()).copyFrom(average);
      tensors.put(NAME + parameter.name(), Tensor.of(DType.FLOAT32, parameter.shape(), copy));
    }
  }

  /** Goes on from a checkpoint. */
  void restore(Checkpoint checkpoint) {
    for (int i = 0; i < averages.size(); i++) {
      Parameter parameter = parameters.get(i);
      Tensor saved = Manifest.tensor(checkpoint, NAME + parameter.name());
      if (saved.byteSize() != averages.get(i).byteSize()) {
        throw checkpoint.error(
            "the average of %s is %s, expected %s"
                .formatted(parameter.name(), saved, parameter.shape()));
      }
      averages.get(i).copyFrom(saved.data());
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
