package dev.swage.compress;

import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The inputs of {@code com.microsoft.MatMulNBits} for a weight {@code [K, N]} in groups along K.
 *
 * <p>Codes are unsigned, {@code q − zeroPoint} with a zero point of {@code 2^(bits−1)} when none is
 * given. Element j of a block lies in byte {@code j·bits/8}, lowest bits first; K is filled up to
 * whole blocks with the code of 0. Zero points are packed likewise, each row of N beginning on a
 * byte.
 *
 * @param codes UINT8 {@code [N, ⌈K/group⌉, group·bits/8]}
 * @param scales FLOAT32 {@code [N, ⌈K/group⌉]}
 * @param zeroPoints UINT8 {@code [N, ⌈⌈K/group⌉·bits/8⌉]}; empty for a symmetric scheme
 */
record NBitsTensors(Tensor codes, Tensor scales, Optional<Tensor> zeroPoints) {

  /** Rearranges codes {@code [K, N]} quantized per group on axis 0. */
  static NBitsTensors of(QuantizedTensor weight) {
    QuantScheme scheme = weight.scheme();
    if (!(scheme.granularity() instanceof Granularity.PerGroup(int axis, int size)) || axis != 0) {
      throw new IllegalArgumentException("needs groups on axis 0, got " + scheme.granularity());
    }
    Layout layout = new Layout(weight.shape().dim(0), weight.shape().dim(1), size, scheme.bits());
    return new NBitsTensors(
        layout.codes(weight),
        layout.scales(weight),
        scheme.symmetric() ? Optional.empty() : Optional.of(layout.zeroPoints(weight)));
  }

  /** Sizes of one weight, and where things go. */
  private record Layout(long k, long n, int group, int bits) {
    long blocks() {
      return Math.ceilDiv(k, (long) group);
    }

    /** What turns a code of the scheme into MatMulNBits' unsigned one. */
    private int offset(QuantScheme scheme) {
      return scheme.storage().isSigned() ? 1 << (bits - 1) : 0;
    }

    Tensor codes(QuantizedTensor weight) {
      long rowBytes = blocks() * group * bits / 8;
      MemorySegment from = Bytes.unpack(weight.codes());
      MemorySegment to = Bytes.allocate(n * rowBytes);
      int offset = offset(weight.scheme());
      int[] zeroPoints = weight.params().zeroPoints();
      for (long column = 0; column < n; column++) {
        for (long row = 0; row < blocks() * group; row++) {
          int code =
              row < k
                  ? from.get(ValueLayout.JAVA_BYTE, row * n + column)
                  : zeroPoints[Math.toIntExact(row / group * n + column)];
          put(to, column * rowBytes, row, code + offset);
        }
      }
      return Tensor.of(DType.UINT8, Shape.of(n, blocks(), (long) group * bits / 8), to);
    }

    Tensor scales(QuantizedTensor weight) {
      float[] scales = new float[Math.toIntExact(n * blocks())];
      for (long column = 0; column < n; column++) {
        for (long block = 0; block < blocks(); block++) {
          scales[Math.toIntExact(column * blocks() + block)] =
              weight.params().scales()[Math.toIntExact(block * n + column)];
        }
      }
      return Tensor.ofFloats(Shape.of(n, blocks()), scales);
    }

    Tensor zeroPoints(QuantizedTensor weight) {
      long rowBytes = Math.ceilDiv(blocks() * bits, 8L);
      MemorySegment to = Bytes.allocate(n * rowBytes);
      for (long column = 0; column < n; column++) {
        for (long block = 0; block < blocks(); block++) {
          int zeroPoint = weight.params().zeroPoints()[Math.toIntExact(block * n + column)];
          put(to, column * rowBytes, block, zeroPoint + offset(weight.scheme()));
        }
      }
      return Tensor.of(DType.UINT8, Shape.of(n, rowBytes), to);
    }

    private void put(MemorySegment to, long rowStart, long index, int code) {
      long bit = index * bits;
      long at = rowStart + bit / 8;
      int shifted = (code & ((1 << bits) - 1)) << (bit % 8);
      to.set(ValueLayout.JAVA_BYTE, at, (byte) (to.get(ValueLayout.JAVA_BYTE, at) | shifted));
    }
  }
}
