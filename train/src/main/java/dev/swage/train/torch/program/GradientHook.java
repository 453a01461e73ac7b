package dev.swage.train.torch.program;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorTensorHook;

/** Changes a value's gradient on its way through autograd's graph. */
final class GradientHook extends TensorTensorHook {
  private final UnaryOperator<Tensor> backward;

  GradientHook(UnaryOperator<Tensor> backward) {
    this.backward = backward;
  }

  /** Called by libtorch, on the thread of the backward pass. */
  @Override
  public TensorBase call(TensorBase gradient) {
    try (AutoGradMode _ = new NoGradGuard()) {
      return backward.apply(new Tensor(gradient));
    }
  }
}
