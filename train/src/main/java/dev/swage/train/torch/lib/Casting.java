package dev.swage.train.torch.lib;

import dev.swage.tensor.DType;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** ONNX's conversions between element types, over the types that hold them. */
public final class Casting {
  private Casting() {}

  /**
   * @param from the element type as the file has it, where it is known
   * @param saturate whether what is too large for an 8-bit float becomes its largest value
   */
  public static Tensor cast(Tensor x, Optional<DType> from, DType to, boolean saturate) {
    Tensor signed = from.equals(Optional.of(DType.UINT64)) && to.isFloat() ? unsigned(x) : x;
    return switch (to) {
      case FLOAT8E4M3FN, FLOAT8E4M3FNUZ, FLOAT8E5M2, FLOAT8E5M2FNUZ ->
          (saturate ? clamped(signed.to(ScalarType.Float), largest(to)) : signed)
              .to(ScalarType.Float)
              .to(TensorBridge.scalarType(to));
      case FLOAT4E2M1 -> float4(signed.to(ScalarType.Float));
      case UINT16 -> low(whole(x), 16, false).to(ScalarType.Int);
      case UINT32 -> low(whole(x), 32, false);
      case UINT4 -> low(whole(x), 4, false).to(ScalarType.Byte);
      case UINT2 -> low(whole(x), 2, false).to(ScalarType.Byte);
      case INT4 -> low(whole(x), 4, true).to(ScalarType.Char);
      case INT2 -> low(whole(x), 2, true).to(ScalarType.Char);
      default -> signed.to(TensorBridge.scalarType(to));
    };
  }

  /** The largest value of a float type of 8 or 4 bits. */
  public static double largest(DType type) {
    return switch (type) {
      case FLOAT8E4M3FN -> 448;
      case FLOAT8E4M3FNUZ -> 240;
      case FLOAT8E5M2, FLOAT8E5M2FNUZ -> 57344;
      case FLOAT4E2M1 -> 6;
      default -> throw new IllegalArgumentException(type + " is no narrow float type");
    };
  }

  private static Tensor clamped(Tensor x, double bound) {
    return torch.clamp(
        x, new ScalarOptional(new Scalar(-bound)), new ScalarOptional(new Scalar(bound)));
  }

  /** What 64 bits mean without a sign. */
  private static Tensor unsigned(Tensor x) {
    Tensor wide = x.to(ScalarType.Double);
    return torch.where(wide.lt(new Scalar(0.0)), wide.add(new Scalar(0x1p64)), wide);
  }

  private static Tensor whole(Tensor x) {
    return x.to(ScalarType.Long);
  }

  /** The low bits, as libtorch holds them. */
  private static Tensor low(Tensor whole, int bits, boolean signed) {
    long size = 1L << bits;
    Tensor low = whole.remainder(new Scalar(size));
    return signed ? torch.where(low.ge(new Scalar(size / 2)), low.sub(new Scalar(size)), low) : low;
  }

  /** The nearest of 0, ±0.5, ±1, ±1.5, ±2, ±3, ±4, ±6, ties to the even code. */
  private static Tensor float4(Tensor x) {
    Tensor bounded = clamped(x, 6);
    Tensor size = bounded.abs();
    Tensor small = torch.round(size.mul(new Scalar(2f))).div(new Scalar(2f));
    Tensor middle = torch.round(size);
    Tensor large = torch.round(size.div(new Scalar(2f))).mul(new Scalar(2f));
    Tensor rounded =
        torch.where(
            size.lt(new Scalar(2f)), small, torch.where(size.lt(new Scalar(4f)), middle, large));
    return torch.copysign(rounded, bounded);
  }
}
