package dev.swage.compress;

import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.kernel.Parallel;
import dev.swage.kernel.Quantization;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The layout a weight is quantized in, which is the one it lies in, and the way from there to the
 * layout its codes are stored in: codes are moved, which are small, never floats.
 */
final class WeightLayout {
  /** Rows that are transposed together: a line of cache in the source. */
  private static final int STRIP = 64;

  private WeightLayout() {}

  /** The weight as it is quantized; always a view. */
  static Tensor own(Tensor weight, WeightForm form) {
    Shape shape = weight.shape();
    return switch (form) {
      case AS_IS, TRANSPOSED, N_BITS, N_BITS_TRANSPOSED -> weight;
      case FLATTENED -> weight.reshaped(Shape.of(shape.dim(0), shape.inner(0)));
      case STACKED -> weight.reshaped(Shape.of(shape.dim(0) * shape.dim(1), shape.dim(2)));
    };
  }

  /**
   * A decision's scheme with its axis counted in the weight's own shape, and a byte for each code
   * where codes are moved afterwards.
   */
  static QuantScheme ownScheme(Quantize decision) {
    QuantScheme scheme = decision.scheme();
    return switch (decision.form()) {
      case AS_IS, FLATTENED, STACKED -> scheme;
      case N_BITS -> wide(scheme, scheme.granularity());
      case TRANSPOSED, N_BITS_TRANSPOSED ->
          wide(
              scheme,
              switch (scheme.granularity()) {
                case Granularity.PerTensor whole -> whole;
                case Granularity.PerChannel(int axis) -> Granularity.perChannel(1 - axis);
                case Granularity.PerGroup(int axis, int size) ->
                    Granularity.perGroup(1 - axis, size);
              });
    };
  }

  private static QuantScheme wide(QuantScheme scheme, Granularity granularity) {
    DType storage = scheme.storage().isSigned() ? DType.INT8 : DType.UINT8;
    return new QuantScheme(storage, scheme.bits(), scheme.symmetric(), granularity);
  }

  /** A matrix of one-byte codes transposed, in this type. */
  static Tensor transposedCodes(Tensor codes, DType storage, CodeMemory memory) {
    long rows = codes.shape().dim(0);
    long columns = codes.shape().dim(1);
    MemorySegment from = codes.data();
    MemorySegment to = memory.allocate(storage.bytes(rows * columns));
    // A strip begins a byte of packed codes: it is a multiple of four rows.
    Parallel.forEach(
        Math.toIntExact(Math.ceilDiv(columns, (long) STRIP)),
        strip -> {
          long first = (long) strip * STRIP;
          int count = (int) Math.min(STRIP, columns - first);
          MemorySegment part =
              to.asSlice(first * rows * storage.bits() / 8, storage.bytes(count * rows));
          if (storage.bits() == 8) {
            transpose(from, columns, first, part, rows, count);
          } else {
            MemorySegment bytes = Bytes.allocate(count * rows);
            transpose(from, columns, first, bytes, rows, count);
            Quantization.pack(bytes, part, storage.bits());
          }
        });
    return Tensor.of(storage, Shape.of(columns, rows), to);
  }

  /** Columns {@code first} … of bytes {@code [rows, width]} become rows of {@code to}. */
  private static void transpose(
      MemorySegment from, long width, long first, MemorySegment to, long rows, int count) {
    for (long row = 0; row < rows; row += STRIP) {
      long end = Math.min(rows, row + STRIP);
      for (int c = 0; c < count; c++) {
        for (long r = row; r < end; r++) {
          byte code = from.get(ValueLayout.JAVA_BYTE, r * width + first + c);
          to.set(ValueLayout.JAVA_BYTE, c * rows + r, code);
        }
      }
    }
  }

  /** A matrix of elements of one or four bytes transposed. */
  static Tensor transposed(Tensor matrix, CodeMemory memory) {
    if (matrix.dtype().bits() == 8) {
      return transposedCodes(matrix, matrix.dtype(), memory);
    }
    long rows = matrix.shape().dim(0);
    long columns = matrix.shape().dim(1);
    MemorySegment to = memory.allocate(matrix.byteSize());
    for (long row = 0; row < rows; row++) {
      for (long column = 0; column < columns; column++) {
        int value = matrix.data().get(Tensor.LE_INT, (row * columns + column) * Integer.BYTES);
        to.set(Tensor.LE_INT, (column * rows + row) * Integer.BYTES, value);
      }
    }
    return Tensor.of(matrix.dtype(), Shape.of(columns, rows), to);
  }
}
