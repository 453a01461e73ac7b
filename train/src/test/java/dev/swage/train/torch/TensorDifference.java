package dev.swage.train.torch;

import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.lib.TensorBridge;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Whether a tensor is what was expected: type and shape, integers exactly, floats as ONNX's own
 * tests have it, within 1e-3 of the value, or 1e-5 of 1 and the value.
 */
final class TensorDifference {
  private static final double RELATIVE = 1e-3;
  private static final double ABSOLUTE = 1e-5;

  private TensorDifference() {}

  static Optional<String> of(Tensor expected, Tensor got) {
    if (got.dtype() != expected.dtype() || !got.shape().equals(expected.shape())) {
      return Optional.of("expected %s, got %s".formatted(expected, got));
    }
    if (!expected.dtype().isFloat()) {
      long byteAt = got.data().mismatch(expected.data());
      return byteAt < 0 ? Optional.empty() : Optional.of("differs at byte " + byteAt);
    }
    double[] wanted = doubles(expected);
    double[] have = doubles(got);
    for (int i = 0; i < wanted.length; i++) {
      if (!isClose(wanted[i], have[i], expected.dtype())) {
        return Optional.of("element %d: expected %s, got %s".formatted(i, wanted[i], have[i]));
      }
    }
    return Optional.empty();
  }

  private static boolean isClose(double wanted, double have, DType type) {
    if (Double.compare(wanted, have) == 0) {
      return true;
    }
    double error = Math.abs(wanted - have);
    double step = type.bits() > 16 ? 0 : type == DType.FLOAT16 ? 0x1p-10 : 0x1p-7;
    return error <= Math.max(RELATIVE, step) * Math.abs(wanted)
        || error <= ABSOLUTE * (1 + Math.abs(wanted));
  }

  private static double[] doubles(Tensor tensor) {
    try (PointerScope _ = new PointerScope()) {
      Tensor converted = TensorBridge.download(TensorBridge.upload(tensor).to(ScalarType.Double));
      return converted.data().toArray(Tensor.LE_DOUBLE);
    }
  }
}
