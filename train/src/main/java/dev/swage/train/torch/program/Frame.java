package dev.swage.train.torch.program;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** The values of one run through a graph, by slot. */
public final class Frame implements AutoCloseable {
  private final @Nullable Value[] values;
  private final @Nullable Value[] persistent;
  private final Run run;

  /**
   * @param persistent values that outlive the run, by slot
   */
  public Frame(@Nullable Value[] persistent, Run run) {
    this.persistent = persistent;
    this.values = persistent.clone();
    this.run = run;
  }

  Run run() {
    return run;
  }

  public Value get(int slot) {
    Value value = values[slot];
    if (value == null) {
      throw new IllegalStateException("slot " + slot + " is read before it is written");
    }
    return value;
  }

  public Tensor torch(int slot) {
    return get(slot).torch();
  }

  /** Gives an input of the graph a small value of the host, or a large one in libtorch. */
  public void set(int slot, Value value) {
    values[slot] = value;
  }

  /** Gives an input its value. */
  public void feed(int slot, dev.swage.tensor.Tensor host, Tensor torch) {
    boolean stays = !host.dtype().isFloat();
    values[slot] = stays ? Value.of(host, torch) : Value.of(torch);
  }

  boolean holds(int slot, Tensor tensor) {
    Value value = values[slot];
    return value != null && value.is(tensor);
  }

  /** Forgets a value that nobody reads any more. */
  void release(int slot) {
    Value value = values[slot];
    if (value != null && value != persistent[slot]) {
      value.release();
      values[slot] = null;
    }
  }

  /** Forgets all values of the run. */
  @Override
  public void close() {
    for (int slot = 0; slot < values.length; slot++) {
      release(slot);
    }
  }
}
