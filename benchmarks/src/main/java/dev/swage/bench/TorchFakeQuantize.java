package dev.swage.bench;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.global.torch;

/**
 * libtorch's fused fake-quantize, forward and straight-through backward, as its autograd calls
 * them: the forward makes a mask that the backward multiplies with. It multiplies by the reciprocal
 * of the scale where QuantizeLinear divides.
 */
final class TorchFakeQuantize {
  private final FakeQuantizeBenchmark.Memory memory;
  private final double scale;
  private final org.bytedeco.pytorch.Tensor x;
  private final org.bytedeco.pytorch.Tensor dy;
  private final org.bytedeco.pytorch.Tensor scales;
  private final org.bytedeco.pytorch.Tensor zeroPoints;
  private final int qmin;
  private final int qmax;

  /** For rows with a scale each, all the same. */
  TorchFakeQuantize(
      FakeQuantizeBenchmark.Memory memory, Shape shape, float scale, int qmin, int qmax) {
    this.memory = memory;
    this.scale = scale;
    this.qmin = qmin;
    this.qmax = qmax;
    this.x = TorchMemory.floats(memory.x(), shape);
    this.dy = TorchMemory.floats(memory.dy(), shape);
    long[] rows = {shape.dim(0)};
    this.scales = torch.full(rows, new Scalar(scale));
    this.zeroPoints = torch.zeros(rows, torch.dtype(torch.ScalarType.Int));
  }

  void perTensor() {
    step(() -> torch.fake_quantize_per_tensor_affine_cachemask(x, scale, 0, qmin, qmax));
  }

  void perChannel() {
    step(() ->
        torch.fake_quantize_per_channel_affine_cachemask(x, scales, zeroPoints, 0, qmin, qmax));
  }

  private void step(Supplier<T_TensorTensor_T> forward) {
    try (PointerScope _ = new PointerScope()) {
      T_TensorTensor_T made = forward.get();
      torch.fake_quantize_per_tensor_affine_cachemask_backward(dy, made.get1());
    }
  }

  /** How many elements of y libtorch rounds otherwise, which must be few, in words. */
  String compare() {
    try (PointerScope _ = new PointerScope();
        Arena arena = Arena.ofShared()) {
      MemorySegment y = arena.allocate(memory.y().byteSize(), 64);
      TorchMemory.floats(y, Shape.of(x.numel()))
          .copy_(
              torch
                  .fake_quantize_per_tensor_affine_cachemask(x, scale, 0, qmin, qmax)
                  .get0()
                  .flatten());
      long different = 0;
      for (long i = 0; i < x.numel(); i++) {
        float ours = memory.y().getAtIndex(Tensor.LE_FLOAT, i);
        different += ours != y.getAtIndex(Tensor.LE_FLOAT, i) ? 1 : 0;
      }
      if (different > x.numel() / 1000) {
        throw new IllegalStateException(
            "libtorch's y differs in %,d elements".formatted(different));
      }
      return "libtorch rounds %,d of %,d elements to another code".formatted(different, x.numel());
    }
  }
}
