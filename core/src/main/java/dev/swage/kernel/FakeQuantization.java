package dev.swage.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The kernels of training through quantizers, over float32 little-endian memory, heap or native.
 * With {@code t = x / s} in float32, {@code n = min − z} and {@code p = max − z}, an element is
 * <em>inside</em> if {@code n ≤ t ≤ p}, <em>below</em> if {@code t < n} and <em>above</em> if
 * {@code t > p}.
 *
 * <p>Each call runs on the caller's thread; calls on blocks that share neither entries nor elements
 * may run at the same time. Every segment, array and range is checked here once per call; the inner
 * loops trust them. Scalar and Vector API kernels give the same bits. Memory of a mapped file is
 * worked on by the scalar ones: what happens when that is cut off is an {@link InternalError}.
 */
public final class FakeQuantization {
  private static final FakeQuantizationKernels SCALAR = new ScalarFakeQuantization();
  private static final FakeQuantizationKernels FAST =
      Simd.available() ? VectorKernels.fastest() : SCALAR;
  private static final WarmUp WARM_UP = new WarmUp();

  private FakeQuantization() {}

  private static FakeQuantizationKernels kernels(Block block, boolean mapped) {
    return WARM_UP.isOver(block.elements()) && !mapped ? FAST : SCALAR;
  }

  /**
   * {@code y = (clip(round(t) + z, min, max) − z) · s}, half to even: ONNX QuantizeLinear and
   * DequantizeLinear. Infinities saturate; NaN becomes the smallest code, as in ONNX Runtime.
   *
   * @param x float32 elements
   * @param block which elements, and their scales
   * @param y float32 elements, in the same places; may be {@code x}
   */
  public static void forward(MemorySegment x, Block block, AffineSteps steps, MemorySegment y) {
    check(block, steps, x, y);
    kernels(block, x.isMapped() || y.isMapped()).forward(x, block, steps, y);
  }

  /**
   * The straight-through gradient: {@code dx = dy} inside, else 0, also where {@code x} is NaN.
   *
   * @param dx may be {@code dy}
   */
  public static void straightThrough(
      MemorySegment x, MemorySegment dy, Block block, AffineSteps steps, MemorySegment dx) {
    check(block, steps, x, dy, dx);
    kernels(block, x.isMapped() || dy.isMapped() || dx.isMapped())
        .straightThrough(x, dy, block, steps, dx);
  }

  /**
   * Adds to {@code sums}, for each entry: by its scale {@code Σ dy · (round(t) − t)} inside, {@code
   * dy · n} below, {@code dy · p} above (LSQ); by its offset {@code Σ dy} below and above (LSQ+).
   * Products are float32, sums double. NaN in {@code x} makes the sum by scale NaN.
   */
  public static void stepGradients(
      MemorySegment x, MemorySegment dy, Block block, AffineSteps steps, StepSums sums) {
    check(block, steps, x, dy);
    check(block, sums);
    kernels(block, x.isMapped() || dy.isMapped()).backward(x, dy, block, steps, null, sums);
  }

  /** {@link #straightThrough} and {@link #stepGradients} in one pass. */
  public static void backward(
      MemorySegment x,
      MemorySegment dy,
      Block block,
      AffineSteps steps,
      MemorySegment dx,
      StepSums sums) {
    check(block, steps, x, dy, dx);
    check(block, sums);
    kernels(block, x.isMapped() || dy.isMapped() || dx.isMapped())
        .backward(x, dy, block, steps, dx, sums);
  }

  /**
   * How many elements of two tensors have different codes.
   *
   * @param stepsOfB the zero points and codes of {@code stepsOfA}
   */
  public static long flips(
      MemorySegment a, AffineSteps stepsOfA, MemorySegment b, AffineSteps stepsOfB, Block block) {
    check(block, stepsOfA, a, b);
    check(block, stepsOfB);
    if (!Arrays.equals(stepsOfA.zeroPoints(), stepsOfB.zeroPoints())
        || stepsOfA.min() != stepsOfB.min()
        || stepsOfA.max() != stepsOfB.max()) {
      throw new IllegalArgumentException("codes are compared with one range and zero points");
    }
    return kernels(block, a.isMapped() || b.isMapped()).flips(a, stepsOfA, b, stepsOfB, block);
  }

  private static void check(Block block, AffineSteps steps, MemorySegment... floats) {
    long end = Math.multiplyExact(Math.addExact(block.at(), block.elements()), Float.BYTES);
    for (MemorySegment segment : floats) {
      if (end > segment.byteSize()) {
        throw new IllegalArgumentException(
            "%s need %d bytes, got %d".formatted(block, end, segment.byteSize()));
      }
    }
    if (block.elements() > 0 && block.slotEnd() > steps.scales().length) {
      throw new IllegalArgumentException(
          "%s need %d scales, got %d".formatted(block, block.slotEnd(), steps.scales().length));
    }
  }

  private static void check(Block block, StepSums sums) {
    long end = sums.first() + (long) sums.byScale().length;
    if (block.elements() > 0 && (block.slot() < sums.first() || block.slotEnd() > end)) {
      throw new IllegalArgumentException(
          "%s need sums of their entries, got those of %d…%d"
              .formatted(block, sums.first(), end - 1));
    }
  }

  /** Kept apart so that the class is only loaded where the Vector API is. */
  private static final class VectorKernels {
    static FakeQuantizationKernels fastest() {
      return VectorQuantization.fits() ? new VectorFakeQuantization() : SCALAR;
    }
  }
}
