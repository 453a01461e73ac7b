package dev.swage.train.torch.op.quantize;

import dev.swage.tensor.DType;
import dev.swage.train.torch.lib.Casting;
import dev.swage.train.torch.lib.TensorBridge;
import java.util.Optional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Codes of an element type. Where a gradient is wanted they stay floats with the values of codes,
 * since libtorch differentiates no integers; their gradient passes straight through the rounding,
 * and is zero where a code was clipped.
 */
final class Codes {
  private Codes() {}

  /** {@code round(scaled) + zeroPoint} to the nearest even, clipped to what the type has. */
  static Tensor of(Tensor scaled, Optional<Tensor> zeroPoint, DType type) {
    Tensor codes = type.isFloat() ? floats(scaled, type) : integers(scaled, zeroPoint, type);
    return isDifferentiated(codes) ? codes : Casting.cast(codes, Optional.empty(), type, true);
  }

  static boolean isDifferentiated(Tensor codes) {
    return GradMode.is_enabled() && codes.requires_grad();
  }

  private static Tensor integers(Tensor scaled, Optional<Tensor> zeroPoint, DType type) {
    Tensor rounded = straightThrough(scaled, torch.round(scaled));
    Tensor shifted =
        zeroPoint.isPresent() ? rounded.add(zeroPoint.get().to(scaled.scalar_type())) : rounded;
    return clamped(shifted, type.minInt(), type.maxInt());
  }

  private static Tensor floats(Tensor scaled, DType type) {
    double bound = Casting.largest(type);
    Tensor clipped = clamped(scaled, -bound, bound);
    Tensor rounded =
        Casting.cast(clipped.detach(), Optional.empty(), type, true).to(scaled.scalar_type());
    return straightThrough(clipped, rounded);
  }

  /** The value of one with the gradient of the other. */
  private static Tensor straightThrough(Tensor gradient, Tensor value) {
    return isDifferentiated(gradient) ? gradient.add(value.detach().sub(gradient.detach())) : value;
  }

  private static Tensor clamped(Tensor x, double least, double most) {
    return torch.clamp(
        x, new ScalarOptional(new Scalar(least)), new ScalarOptional(new Scalar(most)));
  }

  /** Codes without their zero point, as floats of this type. */
  static Tensor centered(Tensor codes, Optional<Tensor> zeroPoint, ScalarType type) {
    boolean whole = !codes.is_floating_point();
    if (whole && zeroPoint.isPresent()) {
      return codes.to(ScalarType.Long).sub(zeroPoint.get().to(ScalarType.Long)).to(type);
    }
    Tensor values = codes.to(type);
    return zeroPoint.isPresent() && !isNarrowFloat(zeroPoint.get())
        ? values.sub(zeroPoint.get().to(type))
        : values;
  }

  /** A zero point of 8-bit floats is 0. */
  private static boolean isNarrowFloat(Tensor zeroPoint) {
    return zeroPoint.is_floating_point() && zeroPoint.element_size() == 1;
  }

  /** The element type of codes where the file does not tell it: that of their zero point. */
  static DType type(Tensor zeroPoint) {
    DType held = TensorBridge.dtype(zeroPoint);
    return held == DType.INT32 ? DType.UINT16 : held;
  }
}
