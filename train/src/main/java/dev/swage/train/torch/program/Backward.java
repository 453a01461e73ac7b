package dev.swage.train.torch.program;

import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;

/** Autograd's backward pass in parts, which may share what they pass through. */
public final class Backward {
  private Backward() {}

  /** Adds to the gradients of all leaves; what was kept for it stays, for a further part. */
  public static void from(Tensor value, Tensor gradient) {
    value.backward(gradient, new BoolOptional(true), false, new TensorArrayRefOptional());
  }

  /** The same from a loss. */
  public static void from(Tensor loss) {
    from(loss, new Tensor());
  }

  /** Adds a gradient to that of a value; a leaf without one takes its memory over. */
  public static void handOver(Tensor value, Tensor gradient) {
    if (!value.is_leaf()) {
      from(value, gradient);
    } else if (value.grad().defined()) {
      value.mutable_grad().add_(gradient);
    } else {
      value.mutable_grad().put(gradient);
    }
  }
}
