package dev.swage.train.torch.op.attention;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Between {@code [batch, length, heads·width]} and {@code [batch, heads, length, width]}. */
final class Heads {
  private Heads() {}

  static Tensor split(Tensor x, long heads) {
    return x.reshape(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
  }

  static Tensor merged(Tensor x) {
    return x.transpose(1, 2).reshape(x.size(0), x.size(2), x.size(1) * x.size(3));
  }

  /** What was there before, along the axis of the lengths. */
  static Tensor after(Tensor past, Tensor x) {
    return torch.cat(new TensorVector(past, x), 2);
  }
}
