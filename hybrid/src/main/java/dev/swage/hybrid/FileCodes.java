package dev.swage.hybrid;

import dev.swage.quant.Granularity;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.Arrays;

/**
 * How a quantized file has a weight or a value: what a quantizer of the same width begins with.
 *
 * @param shape of a weight's codes; {@code []} of a value
 * @param storage type of the codes
 * @param granularity which elements share a scale, in that shape
 * @param params scales and zero points
 * @param least smallest code: of a weight, that it has; of a value, that it may have
 * @param most largest code, likewise
 */
record FileCodes(
    Shape shape, DType storage, Granularity granularity, QuantParams params, int least, int most) {
  /** Whether codes of so many bits in this type of codes are these: as wide, and wide enough. */
  boolean isWidth(int bits) {
    return bits <= storage.bits()
        && bits > storage.bits() / 2
        && fits(new QuantScheme(storage, bits, false, Granularity.perTensor()));
  }

  /** Whether all codes are among those of a scheme. */
  boolean fits(QuantScheme scheme) {
    return least >= scheme.qmin() && most <= scheme.qmax();
  }

  /** Whether codes are signed around zero, as a symmetric scheme has them. */
  boolean isCentred() {
    for (int zeroPoint : params.zeroPoints()) {
      if (zeroPoint != 0) {
        return false;
      }
    }
    return storage.isSigned();
  }

  /** The same scales for elements that share them in smaller parts; only of one scale for all. */
  QuantParams spread(Granularity parts) {
    if (!(granularity instanceof Granularity.PerTensor) || parts.equals(granularity)) {
      return params;
    }
    Shape each = parts.paramShape(shape);
    int count = Math.toIntExact(each.elements());
    float[] scales = new float[count];
    int[] zeroPoints = new int[count];
    Arrays.fill(scales, params.scales()[0]);
    Arrays.fill(zeroPoints, params.zeroPoints()[0]);
    return new QuantParams(each, scales, zeroPoints);
  }
}
