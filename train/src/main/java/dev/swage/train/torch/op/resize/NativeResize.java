package dev.swage.train.torch.op.resize;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Resizing of the last two axes of images, where the rules of libtorch's kernels are ONNX's. */
final class NativeResize {
  /** The coefficient of libtorch's cubic kernel. */
  private static final double NATIVE_A = -0.75;

  private NativeResize() {}

  static Optional<Tensor> apply(Resampler resampler, Tensor x, List<AxisResize> axes) {
    boolean image =
        axes.size() == 4
            && axes.get(0).isIdentity()
            && axes.get(1).isIdentity()
            && axes.stream().allMatch(axis -> axis.size() > 0 && axis.resized() > 0);
    ScalarType type = x.scalar_type().intern();
    if (!image || (type != ScalarType.Float && type != ScalarType.Double)) {
      return Optional.empty();
    }
    AxisResize height = axes.get(2);
    AxisResize width = axes.get(3);
    long[] size = {height.resized(), width.resized()};
    DoubleOptional byHeight = new DoubleOptional(height.scale());
    DoubleOptional byWidth = new DoubleOptional(width.scale());
    if (resampler.mode().equals("nearest")) {
      return isFloor(resampler, height) && isFloor(resampler, width)
          ? Optional.of(torch.upsample_nearest2d(x, size, byHeight, byWidth))
          : Optional.empty();
    }
    boolean corners = resampler.coordinates() == Coordinates.ALIGN_CORNERS;
    Interpolation interpolation = resampler.interpolation();
    if (!(corners || isHalfPixel(resampler, height, width))
        || interpolation.antialias()
        || interpolation.excludesOutside()) {
      return Optional.empty();
    }
    if (resampler.mode().equals("linear")) {
      return Optional.of(torch.upsample_bilinear2d(x, size, corners, byHeight, byWidth));
    }
    return interpolation.a() == NATIVE_A
        ? Optional.of(torch.upsample_bicubic2d(x, size, corners, byHeight, byWidth))
        : Optional.empty();
  }

  /** Where rounding cannot differ: the axis grows by a whole number. */
  private static boolean isFloor(Resampler resampler, AxisResize axis) {
    boolean floors = resampler.nearest() == Nearest.FLOOR || resampler.nearest() == Nearest.SIMPLE;
    boolean whole = axis.resized() % axis.size() == 0 && axis.scale() >= 1;
    boolean exact = axis.scale() == (float) axis.resized() / axis.size();
    boolean rounds =
        !floors
            && resampler.nearest() != Nearest.CEIL
            && resampler.coordinates() == Coordinates.HALF_PIXEL;
    return whole
        && exact
        && (rounds || (floors && resampler.coordinates() == Coordinates.ASYMMETRIC));
  }

  private static boolean isHalfPixel(Resampler resampler, AxisResize height, AxisResize width) {
    return switch (resampler.coordinates()) {
      case HALF_PIXEL -> true;
      case PYTORCH_HALF_PIXEL -> height.resized() > 1 && width.resized() > 1;
      default -> false;
    };
  }
}
