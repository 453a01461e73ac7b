package dev.swage.kernel;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The inner loops of fake quantization. Arguments are trusted: {@link FakeQuantization} has checked
 * them. Implementations give the same bits. Segments are little-endian float32.
 */
interface FakeQuantizationKernels {
  /** {@code y ← (clip(round(x / s) + z, min, max) − z) · s}; NaN becomes the smallest code. */
  void forward(MemorySegment x, Block block, AffineSteps steps, MemorySegment y);

  /** {@code dx ← dy} where {@code min − z ≤ x / s ≤ max − z}, else 0. */
  void straightThrough(
      MemorySegment x, MemorySegment dy, Block block, AffineSteps steps, MemorySegment dx);

  /**
   * As {@link #straightThrough}, where there is a {@code dx}, and adds to {@code sums}. A row is
   * added up in {@link StepSums#LANES} partial sums, then folded into its entry; a column is added
   * to its entry row by row.
   */
  void backward(
      MemorySegment x,
      MemorySegment dy,
      Block block,
      AffineSteps steps,
      @Nullable MemorySegment dx,
      StepSums sums);

  /** How many codes of {@code a} and {@code b} differ; their steps differ in scales only. */
  long flips(
      MemorySegment a, AffineSteps stepsOfA, MemorySegment b, AffineSteps stepsOfB, Block block);
}
