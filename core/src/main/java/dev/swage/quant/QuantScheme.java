package dev.swage.quant;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;

/**
 * How a float tensor becomes integers: {@code q = clip(round(x/scale) + zeroPoint, qmin, qmax)},
 * rounding half to even, dividing in float32, as ONNX QuantizeLinear does.
 *
 * @param storage the ONNX type that carries the codes: INT2, INT4, INT8 or an unsigned twin
 * @param bits the width actually used, 2…8 and at most the storage's: 3, 5, 6 and 7 bits use part
 *     of the next wider storage type; 7 bits in INT8 are ONNX Runtime's reduced range −64…64, of
 *     which two products with unsigned bytes fit into 16 bits
 * @param symmetric symmetric range: zero point 0 for signed storage, the middle code for unsigned
 * @param granularity which elements share a scale
 */
public record QuantScheme(DType storage, int bits, boolean symmetric, Granularity granularity) {
  /** The width that in INT8 stands for the codes −64…64, ONNX Runtime's {@code reduce_range}. */
  public static final int REDUCED_BITS = 7;

  private static final int REDUCED = 64;

  public QuantScheme {
    if (!storage.isInteger() || storage.bits() > 8) {
      throw new IllegalArgumentException(
          "storage must be an integer type of 2, 4 or 8 bits, got " + storage);
    }
    if (bits < 2 || bits > storage.bits()) {
      throw new IllegalArgumentException(
          "bits must be 2…%d for %s, got %d".formatted(storage.bits(), storage, bits));
    }
  }

  /** Signed and symmetric, in the narrowest storage that holds the bits. */
  public static QuantScheme symmetric(int bits, Granularity granularity) {
    return new QuantScheme(storageFor(bits, true), bits, true, granularity);
  }

  /** Unsigned and asymmetric, in the narrowest storage that holds the bits. */
  public static QuantScheme asymmetric(int bits, Granularity granularity) {
    return new QuantScheme(storageFor(bits, false), bits, false, granularity);
  }

  private static DType storageFor(int bits, boolean signed) {
    if (bits < 2 || bits > 8) {
      throw new IllegalArgumentException("bits must be 2…8, got " + bits);
    }
    if (bits == 2) {
      return signed ? DType.INT2 : DType.UINT2;
    }
    if (bits <= 4) {
      return signed ? DType.INT4 : DType.UINT4;
    }
    return signed ? DType.INT8 : DType.UINT8;
  }

  /**
   * Smallest code. Symmetric signed codes of 8 bits leave out −128, as ONNX Runtime's do; of
   * narrower ones −2^(b−1) is too large a share: a min-max range does not reach it, but {@link
   * RangeEstimator.MeanSquaredError} does.
   */
  public int qmin() {
    if (!storage.isSigned()) {
      return 0;
    }
    return symmetric && bits == 8 ? -qmax() : -(1 << (bits - 1));
  }

  /** Largest code: symmetric unsigned ranges leave out 2^b−1, as ONNX Runtime does. */
  public int qmax() {
    if (storage == DType.INT8 && bits == REDUCED_BITS) {
      return REDUCED;
    }
    if (storage.isSigned()) {
      return (1 << (bits - 1)) - 1;
    }
    return symmetric ? (1 << bits) - 2 : (1 << bits) - 1;
  }

  /** Steps of a scale in a min-max range: 2 · qmax for symmetric signed codes. */
  public int steps() {
    return symmetric && storage.isSigned() ? 2 * qmax() : qmax() - qmin();
  }

  /** Fails unless scales and zero points are those of a tensor of this shape in this scheme. */
  void check(QuantParams params, Shape tensor) {
    Shape expected = granularity.paramShape(tensor);
    if (!params.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "%s of a tensor %s needs scales %s, got %s"
              .formatted(granularity, tensor, expected, params.shape()));
    }
    for (int zeroPoint : params.zeroPoints()) {
      if (zeroPoint < storage.minInt() || zeroPoint > storage.maxInt()) {
        throw new IllegalArgumentException(
            "zero points of %s must be %d…%d, got %d"
                .formatted(storage, storage.minInt(), storage.maxInt(), zeroPoint));
      }
    }
  }
}
