package dev.swage.train.torch;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** The values of one run through a graph, by slot. */
final class Frame {
  private final @Nullable Tensor[] values;
  private final boolean training;
  private final Dropout dropout;
  private final List<Runnable> deferred = new ArrayList<>();

  Frame(@Nullable Tensor[] persistent, boolean training, Dropout dropout) {
    this.values = persistent.clone();
    this.training = training;
    this.dropout = dropout;
  }

  boolean training() {
    return training;
  }

  Dropout dropout() {
    return dropout;
  }

  Tensor get(int slot) {
    Tensor value = values[slot];
    if (value == null) {
      throw new IllegalStateException("slot " + slot + " is read before it is written");
    }
    return value;
  }

  void set(int slot, Tensor value) {
    values[slot] = value;
  }

  /** See {@link Call#deferBackward}. */
  void deferBackward(Runnable part) {
    deferred.add(part);
  }

  /** The parts of the backward pass that autograd leaves to us, in the order they are to run. */
  List<Runnable> deferredBackward() {
    return deferred.reversed();
  }
}
