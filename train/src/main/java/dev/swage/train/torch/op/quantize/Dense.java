package dev.swage.train.torch.op.quantize;

import dev.swage.tensor.DType;
import dev.swage.train.torch.lib.TensorBridge;
import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.LongArrayRef;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Tensors of which each element is worked on by itself: their memory is taken as it lies, in
 * whatever order libtorch keeps axes. Its convolutions keep channels last.
 */
final class Dense {
  private Dense() {}

  /** The tensor, or a copy where its memory has gaps or is shared. */
  static Tensor of(Tensor tensor) {
    return tensor.is_non_overlapping_and_dense() ? tensor : tensor.contiguous();
  }

  /** A tensor of the same shape with its elements in the order of {@code like}. */
  static Tensor as(Tensor like, Tensor tensor) {
    return sameOrder(like.strides(), tensor.strides())
        ? tensor
        : torch.empty_like(like).copy_(tensor);
  }

  private static boolean sameOrder(LongArrayRef a, LongArrayRef b) {
    for (long i = 0; i < a.size(); i++) {
      if (a.at(i) != b.at(i)) {
        return false;
      }
    }
    return a.size() == b.size();
  }

  /** The memory of a dense float32 tensor. */
  static MemorySegment floats(Tensor dense) {
    return TensorBridge.memory(dense, DType.FLOAT32.bytes(dense.numel()));
  }
}
