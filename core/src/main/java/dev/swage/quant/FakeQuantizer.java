package dev.swage.quant;

import dev.swage.kernel.AffineSteps;
import dev.swage.kernel.FakeQuantization;
import dev.swage.kernel.Parallel;
import dev.swage.kernel.StepSums;
import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;

/**
 * Training through a quantizer: the forward is ONNX QuantizeLinear followed by DequantizeLinear,
 * the gradients are those of LSQ and LSQ+ (Esser et al. 2020, Bhalgat et al. 2020) without their
 * gradient scale.
 *
 * <p>For an element with {@code t = x / s} in float32, {@code n = qmin − z} and {@code p = qmax −
 * z}:
 *
 * <ul>
 *   <li>inside, {@code n ≤ t ≤ p}: ∂y/∂x = 1, ∂y/∂s = round(t) − t, ∂y/∂offset = 0;
 *   <li>below, {@code t < n}: 0, n, 1; above, {@code t > p}: 0, p, 1.
 * </ul>
 *
 * <p>The offset β is that of {@code y = round(clip((x − β) / s, qmin, qmax)) · s + β}; here it is
 * {@code −z · s}.
 *
 * <p>NaN: the forward makes it the smallest code, as ONNX Runtime does; it lets no gradient through
 * and makes the gradient of its scale NaN.
 *
 * <p>Tensors are float32, little-endian and row-major, in heap or native memory. Scales and zero
 * points are flat in the shape of {@link Granularity#paramShape}. All cores work from 131,072
 * elements on, if the memory lets other threads than the caller's touch it; the results are the
 * same bits on any number of threads, with and without vectors.
 */
public final class FakeQuantizer {
  /** Work below this many elements is done before another core would have woken up. */
  private static final long WORTH_SHARING = 1 << 17;

  private final Shape shape;
  private final Layout layout;
  private final StepPieces pieces;
  private final int qmin;
  private final int qmax;

  /**
   * @param shape of the tensors
   * @param granularity which elements share a scale
   * @param qmin smallest code, from −32768 on
   * @param qmax largest code, up to 32767, or 65535 if {@code qmin} is not negative
   */
  public FakeQuantizer(Shape shape, Granularity granularity, int qmin, int qmax) {
    AffineSteps.checkRange(qmin, qmax);
    this.shape = shape;
    this.layout = Layout.of(shape, granularity);
    this.pieces = StepPieces.of(layout);
    this.qmin = qmin;
    this.qmax = qmax;
  }

  /** For the codes of a scheme. */
  public static FakeQuantizer of(Shape shape, QuantScheme scheme) {
    return new FakeQuantizer(shape, scheme.granularity(), scheme.qmin(), scheme.qmax());
  }

  /** Number of scales, and of zero points. */
  public int slots() {
    return layout.slots();
  }

  /**
   * {@code y = (clip(roundHalfEven(x / s) + z, qmin, qmax) − z) · s}, division and product in
   * float32.
   *
   * @param y may be {@code x}
   */
  public void forward(MemorySegment x, float[] scales, int[] zeroPoints, MemorySegment y) {
    AffineSteps steps = steps(scales, zeroPoints);
    forChunks(
        (_, from, to) ->
            layout.visit(from, to, block -> FakeQuantization.forward(x, block, steps, y)),
        x,
        y);
  }

  /**
   * {@code dx = dy} inside, else 0.
   *
   * @param dx may be {@code dy} or {@code x}
   */
  public void straightThrough(
      MemorySegment x, MemorySegment dy, float[] scales, int[] zeroPoints, MemorySegment dx) {
    AffineSteps steps = steps(scales, zeroPoints);
    forChunks(
        (_, from, to) ->
            layout.visit(
                from, to, block -> FakeQuantization.straightThrough(x, dy, block, steps, dx)),
        x,
        dy,
        dx);
  }

  /**
   * {@link #straightThrough} and {@link #stepGradients} in one pass.
   *
   * @param dx may be {@code dy} or {@code x}
   */
  public void backward(
      MemorySegment x,
      MemorySegment dy,
      float[] scales,
      int[] zeroPoints,
      MemorySegment dx,
      double[] byScale,
      double[] byOffset) {
    AffineSteps steps = steps(scales, zeroPoints);
    check(x, dy, dx);
    addUp(
        (sums, from, to) ->
            layout.visit(
                from, to, block -> FakeQuantization.backward(x, dy, block, steps, dx, sums)),
        sums(byScale, byOffset),
        mayShare(x, dy, dx));
  }

  /**
   * Adds {@code Σ dy · ∂y/∂s} of each scale to {@code byScale} and {@code Σ dy · ∂y/∂offset} to
   * {@code byOffset}. Products are float32, sums are double.
   *
   * @param byScale running sums, one for each scale
   * @param byOffset running sums, one for each scale
   */
  public void stepGradients(
      MemorySegment x,
      MemorySegment dy,
      float[] scales,
      int[] zeroPoints,
      double[] byScale,
      double[] byOffset) {
    AffineSteps steps = steps(scales, zeroPoints);
    check(x, dy);
    addUp(
        (sums, from, to) ->
            layout.visit(
                from, to, block -> FakeQuantization.stepGradients(x, dy, block, steps, sums)),
        sums(byScale, byOffset),
        mayShare(x, dy));
  }

  /**
   * How many elements have another code after a step of training than before it.
   *
   * @param before the tensor before the step
   * @param after the tensor after it
   * @param zeroPoints of both
   */
  public long flips(
      MemorySegment before,
      float[] scalesBefore,
      MemorySegment after,
      float[] scalesAfter,
      int[] zeroPoints) {
    AffineSteps stepsBefore = steps(scalesBefore, zeroPoints);
    AffineSteps stepsAfter = steps(scalesAfter, zeroPoints);
    long[] flips = new long[Chunks.count(layout.elements(), Chunks.SIZE)];
    forChunks(
        (index, from, to) ->
            layout.visit(
                from,
                to,
                block ->
                    flips[index] +=
                        FakeQuantization.flips(before, stepsBefore, after, stepsAfter, block)),
        before,
        after);
    long all = 0;
    for (long some : flips) {
      all += some;
    }
    return all;
  }

  private AffineSteps steps(float[] scales, int[] zeroPoints) {
    if (scales.length != slots()) {
      throw new IllegalArgumentException(
          "a tensor %s needs %d scales here, got %d".formatted(shape, slots(), scales.length));
    }
    return new AffineSteps(scales, zeroPoints, qmin, qmax);
  }

  private StepSums sums(double[] byScale, double[] byOffset) {
    if (byScale.length != slots() || byOffset.length != slots()) {
      throw new IllegalArgumentException(
          "a tensor %s needs %d sums by scale and by offset here, got %d and %d"
              .formatted(shape, slots(), byScale.length, byOffset.length));
    }
    return new StepSums(0, byScale, byOffset);
  }

  private void check(MemorySegment... tensors) {
    for (MemorySegment tensor : tensors) {
      if (tensor.byteSize() != layout.elements() * Float.BYTES) {
        throw new IllegalArgumentException(
            "a float32 tensor %s has %d bytes, got %d"
                .formatted(shape, layout.elements() * Float.BYTES, tensor.byteSize()));
      }
    }
  }

  private boolean mayShare(MemorySegment... tensors) {
    boolean may = layout.elements() >= WORTH_SHARING;
    for (MemorySegment tensor : tensors) {
      may &= Parallel.mayAccess(tensor);
    }
    return may;
  }

  private void forChunks(Chunks.Task task, MemorySegment... tensors) {
    check(tensors);
    forEach(Chunks.SIZE, mayShare(tensors), task);
  }

  private void forEach(long size, boolean shared, Chunks.Task task) {
    if (shared) {
      Chunks.forEach(layout.elements(), size, task);
    } else {
      long elements = layout.elements();
      for (int index = 0; index * size < elements; index++) {
        task.run(index, index * size, Math.min(elements, (index + 1) * size));
      }
    }
  }

  /** Adds what the elements from … to−1 have to sums. */
  @FunctionalInterface
  private interface Adding {
    void run(StepSums sums, long from, long to);
  }

  private void addUp(Adding adding, StepSums all, boolean shared) {
    if (pieces.apart()) {
      forEach(pieces.size(), shared, (_, from, to) -> adding.run(all, from, to));
      return;
    }
    StepSums[] parts = new StepSums[pieces.count()];
    forEach(
        pieces.size(),
        shared,
        (index, from, to) -> {
          StepSums part = pieces.zeros(from, to);
          adding.run(part, from, to);
          parts[index] = part;
        });
    for (StepSums part : parts) {
      part.addTo(all.byScale(), all.byOffset());
    }
  }
}
