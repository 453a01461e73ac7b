package dev.swage.train.torch.op.math;

import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** 16-bit floats in float32 for a while, where libtorch has no kernel for them. */
public final class Widely {
  private Widely() {}

  public static Tensor compute(Tensor x, UnaryOperator<Tensor> function) {
    return isNarrow(x)
        ? function.apply(x.to(ScalarType.Float)).to(x.scalar_type())
        : function.apply(x);
  }

  /** In float32 if it has 16 bits. */
  public static Tensor widened(Tensor x) {
    return isNarrow(x) ? x.to(ScalarType.Float) : x;
  }

  private static boolean isNarrow(Tensor x) {
    return x.is_floating_point() && x.element_size() < 4;
  }
}
