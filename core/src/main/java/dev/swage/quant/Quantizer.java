package dev.swage.quant;

import dev.swage.kernel.AffineCodes;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Float tensors to integer codes and back, on all cores, with the same bits whatever their number.
 * The arithmetic is that of ONNX QuantizeLinear and DequantizeLinear in float32; scales follow
 * {@link ScaleZeroPoint#of(float, float, QuantScheme)}. Where each scale's elements lie together
 * (per channel of axis 0, groups) the tensor is read from memory once.
 */
public final class Quantizer {
  /** Elements in a task that reads rows ahead: the first row of each is read without overlap. */
  private static final long PIPELINE = 4 * Chunks.SIZE;

  private Quantizer() {}

  /**
   * Quantizes a tensor with scales fitted to it.
   *
   * @param tensor float32, any shape
   * @throws IllegalArgumentException if the tensor is not float32, an element is NaN or infinite
   *     (the message says which), or the scheme's axis is outside the tensor's shape
   */
  public static QuantizedTensor quantize(
      Tensor tensor, QuantScheme scheme, RangeEstimator estimator) {
    return quantize(tensor, scheme, estimator, allocate(scheme.storage(), tensor));
  }

  /**
   * As {@link #quantize(Tensor, QuantScheme, RangeEstimator)}, with the codes in memory of the
   * caller's, which the result views.
   *
   * @param codes exactly as many bytes as the codes need; must not overlap the tensor's
   */
  public static QuantizedTensor quantize(
      Tensor tensor, QuantScheme scheme, RangeEstimator estimator, MemorySegment codes) {
    requireFloat32(tensor);
    Tensor result = Tensor.of(scheme.storage(), tensor.shape(), codes);
    Layout layout = Layout.of(tensor.shape(), scheme.granularity());
    Fitter fitter = new Fitter(tensor.data(), layout, scheme, estimator);
    Encoder encoder = new Encoder(layout, scheme, fitter.scales(), fitter.zeroPoints());
    boolean finite;
    if (layout.slab() >= layout.elements()) {
      finite = fitter.fitWhole();
      if (finite) {
        encodeAll(tensor, layout, encoder, codes);
      }
    } else if (fitter.pipes()) {
      finite = forSlabs(layout, PIPELINE, (from, to) -> fitter.pipeRows(codes, from, to));
    } else {
      finite =
          forSlabs(
              layout,
              Chunks.SIZE,
              (from, to) -> {
                boolean fitted = fitter.fitSlabs(from, to);
                if (fitted) {
                  encoder.encode(tensor.data(), codes, from, to);
                }
                return fitted;
              });
    }
    if (!finite) {
      throw new IllegalArgumentException(nonFinite(tensor));
    }
    QuantParams params =
        new QuantParams(
            scheme.granularity().paramShape(tensor.shape()), fitter.scales(), fitter.zeroPoints());
    return new QuantizedTensor(scheme, params, result);
  }

  /** Work on whole slabs, the elements from … to−1; false when some were not finite. */
  @FunctionalInterface
  private interface SlabTask {
    boolean run(long from, long to);
  }

  /** Runs a task on all slabs, about {@code elements} at a time; whether all were finite. */
  private static boolean forSlabs(Layout layout, long elements, SlabTask task) {
    AtomicBoolean finite = new AtomicBoolean(true);
    long slab = layout.slab();
    long slabs = Math.max(1, elements / slab);
    // A multiple of four elements, so that no byte of packed codes is shared.
    long size = slab * (slab % 4 == 0 ? slabs : Math.ceilDiv(slabs, 4L) * 4);
    Chunks.forEach(
        layout.elements(),
        size,
        (index, from, to) -> {
          if (!task.run(from, to)) {
            finite.set(false);
          }
        });
    return finite.get();
  }

  private static void encodeAll(
      Tensor tensor, Layout layout, Encoder encoder, MemorySegment codes) {
    Chunks.forEach(
        layout.elements(),
        Chunks.SIZE,
        (index, from, to) -> encoder.encode(tensor.data(), codes, from, to));
  }

  /**
   * Quantizes a tensor with given scales, exactly as ONNX QuantizeLinear does: infinities saturate.
   * NaN gives the smallest code. The range of codes is the scheme's: an asymmetric scheme uses the
   * whole range of its storage type, as the ONNX operator does.
   */
  public static QuantizedTensor encode(Tensor tensor, QuantScheme scheme, QuantParams params) {
    requireFloat32(tensor);
    scheme.check(params, tensor.shape());
    Layout layout = Layout.of(tensor.shape(), scheme.granularity());
    Encoder encoder = new Encoder(layout, scheme, params.scales(), params.zeroPoints());
    MemorySegment codes = allocate(scheme.storage(), tensor);
    encodeAll(tensor, layout, encoder, codes);
    return new QuantizedTensor(scheme, params, Tensor.of(scheme.storage(), tensor.shape(), codes));
  }

  /** The floats that the codes stand for: {@code (q − zeroPoint) · scale}. */
  public static Tensor dequantize(QuantizedTensor quantized) {
    MemorySegment floats = allocate(DType.FLOAT32, quantized.codes());
    Layout layout = Layout.of(quantized.shape(), quantized.scheme().granularity());
    Encoder encoder =
        new Encoder(
            layout,
            quantized.scheme(),
            quantized.params().scales(),
            quantized.params().zeroPoints());
    Chunks.forEach(
        layout.elements(),
        Chunks.SIZE,
        (index, from, to) -> encoder.decode(quantized.codes().data(), floats, from, to));
    return Tensor.of(DType.FLOAT32, quantized.shape(), floats);
  }

  /**
   * What rounding to these codes loses: {@code Σ (x − x̂)²} over all elements, with x̂ what the
   * code of x stands for.
   *
   * @param tensor float32, finite
   */
  public static double squaredError(Tensor tensor, QuantScheme scheme, QuantParams params) {
    requireFloat32(tensor);
    scheme.check(params, tensor.shape());
    Layout layout = Layout.of(tensor.shape(), scheme.granularity());
    AffineCodes codes =
        new AffineCodes(params.scales(), params.zeroPoints(), scheme.qmin(), scheme.qmax());
    ErrorSums errors = new ErrorSums(tensor.data(), layout);
    double[] sums = new double[layout.slots()];
    if (layout.slab() >= layout.elements()) {
      errors.addWhole(codes, sums);
    } else {
      forSlabs(
          layout,
          Chunks.SIZE,
          (from, to) -> {
            errors.addSlabs(codes, sums, from, to);
            return true;
          });
    }
    return Arrays.stream(sums).sum();
  }

  static void requireFloat32(Tensor tensor) {
    if (tensor.dtype() != DType.FLOAT32) {
      throw new IllegalArgumentException("only FLOAT32 tensors are quantized, got " + tensor);
    }
  }

  private static MemorySegment allocate(DType type, Tensor like) {
    long bytes = type.bytes(like.shape().elements());
    return MemorySegment.ofArray(new long[Math.toIntExact(Math.ceilDiv(bytes, 8L))])
        .asSlice(0, bytes);
  }

  /** Names the first element that is not finite. */
  private static String nonFinite(Tensor tensor) {
    long flat = 0;
    while (Float.isFinite(tensor.getFloat(flat))) {
      flat++;
    }
    long[] index = tensor.shape().toArray();
    long rest = flat;
    for (int axis = index.length - 1; axis >= 0; axis--) {
      long dim = index[axis];
      index[axis] = rest % dim;
      rest /= dim;
    }
    return "%s: element %s is %s; only finite values can be quantized"
        .formatted(tensor, Arrays.toString(index), tensor.getFloat(flat));
  }
}
