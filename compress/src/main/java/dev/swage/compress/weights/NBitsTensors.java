package dev.swage.compress.weights;

import dev.swage.compress.weights.CodeMemory.Place;
import dev.swage.kernel.Parallel;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
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
 * @param fill what is to be done once the weight has codes: until then these hold nothing
 */
record NBitsTensors(Tensor codes, Tensor scales, Optional<Tensor> zeroPoints, Runnable fill) {

  /**
   * Of codes of one byte each: {@code [K, N]} in groups on axis 0, or {@code [N, K]} in groups on
   * axis 1.
   */
  static NBitsTensors of(QuantizedWeight weight, CodeMemory memory) {
    QuantScheme scheme = weight.scheme();
    if (!(scheme.granularity() instanceof Granularity.PerGroup(int axis, int size))
        || weight.shape().rank() != 2) {
      throw new IllegalArgumentException(
          "needs groups of a matrix, got %s of %s".formatted(scheme.granularity(), weight.shape()));
    }
    if (scheme.storage().bits() != 8) {
      throw new IllegalArgumentException("needs a byte a code, got " + scheme.storage());
    }
    Shape shape = weight.shape();
    Layout layout =
        new Layout(shape.dim(axis), shape.dim(1 - axis), size, scheme.bits(), axis == 1);
    int offset = scheme.storage().isSigned() ? 1 << (scheme.bits() - 1) : 0;
    Place codes = memory.place(DType.UINT8, layout.codesShape());
    Optional<Place> scales =
        layout.byColumn()
            ? Optional.empty()
            : Optional.of(
                memory.place(DType.FLOAT32, WeightLayout.transposed(weight.scales().shape())));
    Optional<Place> zeroPoints =
        scheme.symmetric()
            ? Optional.empty()
            : Optional.of(memory.place(DType.UINT8, layout.zeroPointsShape()));
    return new NBitsTensors(
        codes.tensor(),
        scales.map(Place::tensor).orElse(weight.scales()),
        zeroPoints.map(Place::tensor),
        () -> {
          scales.ifPresent(place -> WeightLayout.transpose(weight.scales(), place));
          Tensor ofZero =
              layout.byColumn()
                  ? weight.zeroPoints()
                  : WeightLayout.transposed(weight.zeroPoints(), CodeMemory.heap());
          layout.codes(weight.codes().data(), ofZero.data(), offset, codes.bytes());
          zeroPoints.ifPresent(place -> layout.zeroPoints(ofZero.data(), offset, place.bytes()));
        });
  }

  /**
   * Sizes of one weight, and where things go.
   *
   * @param byColumn whether the codes of a column lie together, as {@code [N, K]}
   */
  private record Layout(long k, long n, int group, int bits, boolean byColumn) {
    /** Columns that are moved together: a line of cache in {@code [K, N]}. */
    private static final int STRIP = 64;

    Shape codesShape() {
      return Shape.of(n, blocks(), (long) group * bits / 8);
    }

    Shape zeroPointsShape() {
      return Shape.of(n, Math.ceilDiv(blocks() * bits, 8L));
    }

    long blocks() {
      return Math.ceilDiv(k, (long) group);
    }

    /**
     * Moves codes.
     *
     * @param zeroPoints a byte for each column and block: the code of 0
     * @param offset what turns a code of the scheme into MatMulNBits' unsigned one
     */
    void codes(MemorySegment from, MemorySegment zeroPoints, int offset, MemorySegment to) {
      long blockBytes = (long) group * bits / 8;
      Parallel.forEach(
          Math.toIntExact(Math.ceilDiv(n, (long) STRIP)),
          strip -> {
            long first = (long) strip * STRIP;
            int columns = (int) Math.min(STRIP, n - first);
            byte[] codes = new byte[columns * group];
            for (long block = 0; block < blocks(); block++) {
              gather(from, first, columns, block, codes);
              for (int c = 0; c < columns; c++) {
                long index = (first + c) * blocks() + block;
                int rows = (int) Math.min(group, k - block * group);
                for (int row = rows; row < group; row++) {
                  codes[c * group + row] = zeroPoints.get(ValueLayout.JAVA_BYTE, index);
                }
                pack(codes, c * group, group, offset, to, index * blockBytes);
              }
            }
          });
    }

    /** The codes of a block in some columns, those of a column together. */
    private void gather(MemorySegment from, long first, int columns, long block, byte[] codes) {
      long start = block * group;
      int rows = (int) Math.min(group, k - start);
      for (int c = 0; byColumn && c < columns; c++) {
        MemorySegment.copy(
            from, ValueLayout.JAVA_BYTE, (first + c) * k + start, codes, c * group, rows);
      }
      for (int row = 0; !byColumn && row < rows; row++) {
        long at = (start + row) * n + first;
        for (int c = 0; c < columns; c++) {
          codes[c * group + row] = from.get(ValueLayout.JAVA_BYTE, at + c);
        }
      }
    }

    void zeroPoints(MemorySegment from, int offset, MemorySegment to) {
      long rowBytes = zeroPointsShape().dim(1);
      byte[] row = new byte[Math.toIntExact(blocks())];
      for (long column = 0; column < n; column++) {
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, column * blocks(), row, 0, row.length);
        pack(row, 0, row.length, offset, to, column * rowBytes);
      }
    }

    /** Packs codes first to last into the low bits first; the last byte is filled with zeros. */
    private void pack(byte[] codes, int at, int count, int offset, MemorySegment to, long byteAt) {
      int perByte = 8 / bits;
      int mask = (1 << bits) - 1;
      for (int i = 0; i < count; i += perByte) {
        int packed = 0;
        for (int j = 0; j < perByte && i + j < count; j++) {
          packed |= ((codes[at + i + j] + offset) & mask) << (j * bits);
        }
        to.set(ValueLayout.JAVA_BYTE, byteAt + i / perByte, (byte) packed);
      }
    }
  }
}
