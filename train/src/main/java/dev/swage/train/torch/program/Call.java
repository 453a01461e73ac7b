package dev.swage.train.torch.program;

import dev.swage.onnx.OnnxException;
import dev.swage.tensor.DType;
import dev.swage.train.torch.lib.HeldTypes;
import dev.swage.train.torch.lib.TensorBridge;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** One node's turn in a run: its inputs by position, and room for outputs after the first. */
public final class Call {
  private final Frame frame;
  private final Step step;
  private boolean complete;

  Call(Frame frame, Step step) {
    this.frame = frame;
    this.step = step;
  }

  /** Whether layers behave as in training, as dropout does, and gradients are wanted. */
  public boolean training() {
    return frame.run().training();
  }

  /** Whether batch norm uses the batch, and learns from it. */
  public boolean learnsStatistics() {
    return frame.run().learnsStatistics();
  }

  public Dropout dropout() {
    return frame.run().dropout();
  }

  public int inputs() {
    return step.inputs();
  }

  public int outputs() {
    return step.outputs();
  }

  public boolean has(int input) {
    return step.input(input) >= 0;
  }

  public Tensor in(int input) {
    return value(input).torch();
  }

  /** An input that may be left out. */
  public Optional<Tensor> optional(int input) {
    return has(input) ? Optional.of(in(input)) : Optional.empty();
  }

  public Value value(int input) {
    if (!has(input)) {
      throw new OnnxException("%s: input %d is missing".formatted(step.node().describe(), input));
    }
    return frame.get(step.input(input));
  }

  /** The sizes of an input. */
  public long[] dims(int input) {
    return value(input).dims();
  }

  public boolean isOnHost(int input) {
    return value(input).isOnHost();
  }

  /** An input on the host. */
  public dev.swage.tensor.Tensor host(int input) {
    return value(input).host();
  }

  /** The elements of an integer input. */
  public long[] longs(int input) {
    Value value = value(input);
    return value.isOnHost() && !value.hostType().isFloat()
        ? HeldTypes.longs(value.host())
        : TensorBridge.longs(value.torch());
  }

  /** The elements of a float input, as float32. */
  public float[] floats(int input) {
    Value value = value(input);
    return value.isOnHost() && value.hostType() == DType.FLOAT32
        ? value.host().toFloats()
        : TensorBridge.download(value.torch().to(ScalarType.Float)).toFloats();
  }

  public boolean wants(int output) {
    return step.output(output) >= 0;
  }

  public void put(int output, Tensor value) {
    if (wants(output)) {
      Tensor own = isOwned(value) && !isShared(value) ? value : new Tensor(value);
      if (!training()) {
        own.retainReference(); // the scope of this node ends before it is read
      }
      frame.set(step.output(output), Value.of(own));
    }
  }

  /** Whether it is a handle, rather than a view of one inside a tuple or of what was written to. */
  private static boolean isOwned(Tensor value) {
    return value.referenceCount() > 0;
  }

  /** Whether another slot has the same handle, so that this one needs its own. */
  private boolean isShared(Tensor value) {
    for (int i = 0; i < step.inputs(); i++) {
      if (has(i) && value(i).is(value)) {
        return true;
      }
    }
    return step.writes(frame, value);
  }

  /** An output wherever it is. */
  public void put(int output, Value value) {
    if (value.isOnHost()) {
      put(output, value.host());
    } else {
      put(output, value.torch());
    }
  }

  /**
   * All outputs at once, wherever they are.
   *
   * @return what the operator returns
   */
  public Tensor putAll(List<Value> values) {
    for (int i = 0; i < values.size(); i++) {
      put(i, values.get(i));
    }
    complete = true;
    return new Tensor();
  }

  boolean isComplete() {
    return complete;
  }

  /** Gives up a value that {@link #run} gave and no output has. */
  public void giveUp(Value value) {
    value.release();
  }

  /** A small output of the host. */
  public void put(int output, dev.swage.tensor.Tensor value) {
    if (wants(output)) {
      frame.set(step.output(output), Value.ofHost(value));
    }
  }

  /** Runs a graph inside the node, and gives its outputs, which are the caller's to give up. */
  public List<Value> run(Body body, List<Value> inputs) {
    return body.run(frame, inputs);
  }

  /**
   * A result with a backward pass of our own. For autograd it is {@code x} with other numbers in
   * it; where {@code x} has no gradient it is a leaf, so that {@code backward} runs all the same.
   *
   * @param numbers as many elements as {@code x}
   * @param backward makes the gradient of {@code x} of the result's, without autograd; it runs once
   *     for each part of the backward pass that reaches the result, and must not use the inputs'
   *     own handles
   */
  public Tensor withGradient(Tensor x, Tensor numbers, UnaryOperator<Tensor> backward) {
    Tensor result = numbers;
    if (x.requires_grad()) {
      result = torch.alias(x);
      result.set_data(numbers);
    } else {
      result.set_requires_grad(true);
    }
    frame.run().hook(result, backward);
    return result;
  }

  /**
   * Lets {@code part} run when the whole backward pass is over, in parts or not. It is to read what
   * leaves and values that retain theirs have for a gradient, and may add to those of leaves; like
   * the parts of {@link #deferBackward} it must not use the inputs' own handles.
   */
  public void afterBackward(Runnable part) {
    frame.run().afterBackward(part);
  }

  /**
   * Ends autograd's backward pass at this node: after it has reached the leaves that stand for the
   * node's outputs, {@code part} is to go on from there. Parts of later nodes run before. It must
   * not use the inputs' own handles: they are given up when nothing else reads them.
   */
  public void deferBackward(Runnable part) {
    frame.run().deferBackward(part);
  }
}
