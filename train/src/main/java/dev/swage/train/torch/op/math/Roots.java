package dev.swage.train.torch.op.math;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Roots whose gradient at 0 is 0, the middle of what it is on both sides of a norm. */
public final class Roots {
  private Roots() {}

  public static Tensor sqrt(Tensor x) {
    return of(x, 2);
  }

  /** The {@code p}-th root of what is not negative, in the type of {@code x}. */
  public static Tensor of(Tensor x, double p) {
    if (!x.is_floating_point()) {
      return torch.pow(x.to(torch.ScalarType.Double), new Scalar(1 / p)).to(x.scalar_type());
    }
    if (!x.requires_grad()) {
      return root(x, p);
    }
    Tensor zero = x.eq(new Scalar(0L));
    Tensor root = root(x.masked_fill(zero, new Scalar(1f)), p);
    return root.masked_fill(zero, new Scalar(0f));
  }

  private static Tensor root(Tensor x, double p) {
    if (p == 1) {
      return x;
    }
    return p == 2 ? torch.sqrt(x) : torch.pow(x, new Scalar(1 / p));
  }
}
