package dev.swage.compress.weights;

import dev.swage.compress.plan.WeightForm;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.kernel.Parallel;
import dev.swage.kernel.Quantization;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The layout a weight is quantized in, which is the one it lies in, and the way from there to the
 * layout its codes are stored in: codes are moved, which are small, never floats.
 */
public final class WeightLayout {
  /** Rows that are transposed together: a line of cache in the source. */
  private static final int STRIP = 64;

  private WeightLayout() {}

  /** The weight as it is quantized; always a view. */
  public static Tensor own(Tensor weight, WeightForm form) {
    Shape shape = weight.shape();
    return switch (form) {
      case AS_IS, BY_INPUT, TRANSPOSED, N_BITS, N_BITS_TRANSPOSED -> weight;
      case FLATTENED -> weight.reshaped(Shape.of(shape.dim(0), shape.inner(0)));
      case STACKED -> weight.reshaped(Shape.of(shape.dim(0) * shape.dim(1), shape.dim(2)));
    };
  }

  /**
   * A slot's scheme with its axis counted in the weight's own shape, and a byte for each code where
   * codes are moved afterwards.
   */
  public static QuantScheme ownScheme(WeightSlot slot) {
    QuantScheme scheme = slot.scheme();
    return switch (slot.form()) {
      case AS_IS, BY_INPUT, FLATTENED, STACKED -> scheme;
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

  /** The shape of a matrix transposed. */
  static Shape transposed(Shape matrix) {
    return Shape.of(matrix.dim(1), matrix.dim(0));
  }

  /** A matrix of one-byte codes into its transposed place, packed where the place's type is. */
  static void transposeCodes(Tensor codes, CodeMemory.Place place) {
    long rows = codes.shape().dim(0);
    long columns = codes.shape().dim(1);
    DType storage = place.tensor().dtype();
    MemorySegment from = codes.data();
    MemorySegment to = place.bytes();
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
            MemorySegment bytes = HeapMemory.allocate(count * rows);
            transpose(from, columns, first, bytes, rows, count);
            Quantization.pack(bytes, part, storage.bits());
          }
        });
  }

  /** Columns {@code first} … of bytes {@code [rows, width]} become rows of {@code to}. */
  private static void transpose(
      MemorySegment from, long width, long first, MemorySegment to, long rows, int count) {
    // Rows a power of two apart push each other out of the cache; those of a tile do not.
    MemorySegment tile = HeapMemory.allocate(STRIP * STRIP);
    for (long row = 0; row < rows; row += STRIP) {
      int height = (int) Math.min(STRIP, rows - row);
      if (height == STRIP && count == STRIP) {
        for (int r = 0; r < STRIP; r++) {
          MemorySegment.copy(from, (row + r) * width + first, tile, (long) r * STRIP, STRIP);
        }
        for (int c = 0; c < STRIP; c += 8) {
          for (int r = 0; r < STRIP; r += 8) {
            transposeEight(tile, (long) r * STRIP + c, STRIP, to, c * rows + row + r, rows);
          }
        }
      } else {
        for (int c = 0; c < count; c++) {
          for (long r = row; r < row + height; r++) {
            byte code = from.get(ValueLayout.JAVA_BYTE, r * width + first + c);
            to.set(ValueLayout.JAVA_BYTE, c * rows + r, code);
          }
        }
      }
    }
  }

  /**
   * Eight rows of eight bytes, which lie {@code stride} apart, become columns: halves, quarters and
   * eighths of the rows, each a long, change places (Warren, Hacker's Delight, 7-3).
   */
  private static void transposeEight(
      MemorySegment from, long at, long stride, MemorySegment to, long toAt, long toStride) {
    long a = from.get(Tensor.LE_LONG, at);
    long b = from.get(Tensor.LE_LONG, at + stride);
    long c = from.get(Tensor.LE_LONG, at + 2 * stride);
    long d = from.get(Tensor.LE_LONG, at + 3 * stride);
    long e = from.get(Tensor.LE_LONG, at + 4 * stride);
    long f = from.get(Tensor.LE_LONG, at + 5 * stride);
    long g = from.get(Tensor.LE_LONG, at + 6 * stride);
    long h = from.get(Tensor.LE_LONG, at + 7 * stride);
    long a4 = low4(a, e);
    long b4 = low4(b, f);
    long c4 = low4(c, g);
    long d4 = low4(d, h);
    long e4 = high4(a, e);
    long f4 = high4(b, f);
    long g4 = high4(c, g);
    long h4 = high4(d, h);
    long a2 = low2(a4, c4);
    long b2 = low2(b4, d4);
    long c2 = high2(a4, c4);
    long d2 = high2(b4, d4);
    long e2 = low2(e4, g4);
    long f2 = low2(f4, h4);
    long g2 = high2(e4, g4);
    long h2 = high2(f4, h4);
    to.set(Tensor.LE_LONG, toAt, low1(a2, b2));
    to.set(Tensor.LE_LONG, toAt + toStride, high1(a2, b2));
    to.set(Tensor.LE_LONG, toAt + 2 * toStride, low1(c2, d2));
    to.set(Tensor.LE_LONG, toAt + 3 * toStride, high1(c2, d2));
    to.set(Tensor.LE_LONG, toAt + 4 * toStride, low1(e2, f2));
    to.set(Tensor.LE_LONG, toAt + 5 * toStride, high1(e2, f2));
    to.set(Tensor.LE_LONG, toAt + 6 * toStride, low1(g2, h2));
    to.set(Tensor.LE_LONG, toAt + 7 * toStride, high1(g2, h2));
  }

  /** The low four bytes of both, those of the second above. */
  private static long low4(long x, long y) {
    return (x & 0xffffffffL) | (y << 32);
  }

  private static long high4(long x, long y) {
    return (x >>> 32) | (y & ~0xffffffffL);
  }

  private static long low2(long x, long y) {
    return (x & 0x0000ffff0000ffffL) | ((y & 0x0000ffff0000ffffL) << 16);
  }

  private static long high2(long x, long y) {
    return ((x >>> 16) & 0x0000ffff0000ffffL) | (y & 0xffff0000ffff0000L);
  }

  private static long low1(long x, long y) {
    return (x & 0x00ff00ff00ff00ffL) | ((y & 0x00ff00ff00ff00ffL) << 8);
  }

  private static long high1(long x, long y) {
    return ((x >>> 8) & 0x00ff00ff00ff00ffL) | (y & 0xff00ff00ff00ff00L);
  }

  /** A matrix of elements of one or four bytes transposed. */
  static Tensor transposed(Tensor matrix, CodeMemory memory) {
    CodeMemory.Place place = memory.place(matrix.dtype(), transposed(matrix.shape()));
    transpose(matrix, place);
    return place.tensor();
  }

  /** A matrix of elements of one or four bytes into its transposed place, of the same type. */
  static void transpose(Tensor matrix, CodeMemory.Place place) {
    if (matrix.dtype().bits() == 8) {
      transposeCodes(matrix, place);
      return;
    }
    long rows = matrix.shape().dim(0);
    long columns = matrix.shape().dim(1);
    MemorySegment to = place.bytes();
    for (long row = 0; row < rows; row++) {
      for (long column = 0; column < columns; column++) {
        int value = matrix.data().get(Tensor.LE_INT, (row * columns + column) * Integer.BYTES);
        to.set(Tensor.LE_INT, (column * rows + row) * Integer.BYTES, value);
      }
    }
  }
}
