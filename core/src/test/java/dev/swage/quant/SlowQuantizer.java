package dev.swage.quant;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Quantization written down element by element, for comparison. */
@SuppressWarnings("ArrayRecordComponent") // Compared by assertions only.
record SlowQuantizer(float[] scales, int[] zeroPoints, int[] codes, float[] values) {
  /** Every way of sharing scales: one, along each axis, in short and long groups. */
  static List<Granularity> granularities(Shape shape) {
    List<Granularity> all = new ArrayList<>(List.of(Granularity.perTensor()));
    for (int axis = 0; axis < shape.rank(); axis++) {
      all.add(Granularity.perChannel(axis));
      all.add(Granularity.perGroup(axis, 4));
      all.add(Granularity.perGroup(axis, 32));
    }
    return all;
  }

  static SlowQuantizer fit(Tensor tensor, QuantScheme scheme) {
    float[] x = tensor.toFloats();
    int slots = (int) scheme.granularity().paramShape(tensor.shape()).elements();
    float[] min = new float[slots];
    float[] max = new float[slots];
    for (int i = 0; i < x.length; i++) {
      int slot = slot(tensor.shape(), scheme.granularity(), i);
      min[slot] = Math.min(min[slot], x[i]);
      max[slot] = Math.max(max[slot], x[i]);
    }
    float[] scales = new float[slots];
    int[] zeroPoints = new int[slots];
    for (int s = 0; s < slots; s++) {
      double low = scheme.symmetric() ? -Math.max(-min[s], max[s]) : min[s];
      double high = scheme.symmetric() ? -low : max[s];
      int steps = scheme.qmax() - (scheme.symmetric() ? -scheme.qmax() : scheme.qmin());
      boolean unsigned = !scheme.storage().isSigned();
      double scale = (high - low) / (unsigned ? scheme.qmax() : steps);
      boolean tiny = scale < Float.MIN_NORMAL;
      scales[s] = tiny ? 1 : (float) scale;
      double zero =
          scheme.symmetric()
              ? scheme.storage().isSigned() ? 0 : scheme.qmax() / 2
              : Math.rint(scheme.qmin() - low / scale);
      zeroPoints[s] = tiny ? 0 : (int) zero;
    }
    int[] codes = new int[x.length];
    float[] values = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      int slot = slot(tensor.shape(), scheme.granularity(), i);
      double q = Math.rint(x[i] / scales[slot]) + zeroPoints[slot];
      codes[i] = (int) Math.clamp(q, scheme.qmin(), scheme.qmax());
      values[i] = (codes[i] - zeroPoints[slot]) * scales[slot];
    }
    return new SlowQuantizer(scales, zeroPoints, codes, values);
  }

  /** The scale of an element, from its coordinates. */
  static int slot(Shape shape, Granularity granularity, int flat) {
    int[] index = new int[shape.rank()];
    int rest = flat;
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      index[axis] = rest % (int) shape.dim(axis);
      rest /= (int) shape.dim(axis);
    }
    return switch (granularity) {
      case Granularity.PerTensor() -> 0;
      case Granularity.PerChannel(int axis) -> index[axis];
      case Granularity.PerGroup(int axis, int size) -> {
        index[axis] /= size;
        Shape params = granularity.paramShape(shape);
        int slot = 0;
        for (int a = 0; a < index.length; a++) {
          slot = slot * (int) params.dim(a) + index[a];
        }
        yield slot;
      }
    };
  }

  /** Unpacked codes. */
  static int[] codes(Tensor packed) {
    int bits = packed.dtype().bits();
    int[] codes = new int[Math.toIntExact(packed.shape().elements())];
    for (int i = 0; i < codes.length; i++) {
      int at = i * bits;
      int code = packed.data().get(ValueLayout.JAVA_BYTE, at / 8) >> (at % 8) & ((1 << bits) - 1);
      boolean negative = packed.dtype().isSigned() && code >= 1 << (bits - 1);
      codes[i] = negative ? code - (1 << bits) : code;
    }
    return codes;
  }
}
