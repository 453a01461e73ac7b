package dev.swage.train.torch;

import dev.swage.onnx.OnnxException;
import org.bytedeco.pytorch.Tensor;

/** One node's turn in a run: its inputs by position, and room for outputs after the first. */
final class Call {
  private final Frame frame;
  private final Step step;

  Call(Frame frame, Step step) {
    this.frame = frame;
    this.step = step;
  }

  /** Whether layers behave as in training: dropout drops, batch norm uses the batch. */
  boolean training() {
    return frame.training();
  }

  Dropout dropout() {
    return frame.dropout();
  }

  int inputs() {
    return step.inputs();
  }

  boolean has(int input) {
    return step.input(input) >= 0;
  }

  Tensor in(int input) {
    if (!has(input)) {
      throw new OnnxException("%s: input %d is missing".formatted(step.node().describe(), input));
    }
    return frame.get(step.input(input));
  }

  /** The elements of an integer input. */
  long[] longs(int input) {
    return TensorBridge.longs(in(input));
  }

  boolean wants(int output) {
    return step.output(output) >= 0;
  }

  void put(int output, Tensor value) {
    if (wants(output)) {
      frame.set(step.output(output), value);
    }
  }

  /**
   * Ends autograd's backward pass at this node: after it has reached the leaves that stand for the
   * node's outputs, {@code part} is to go on from there. Parts of later nodes run before.
   */
  void deferBackward(Runnable part) {
    frame.deferBackward(part);
  }
}
