package dev.swage.compress.dynamic;

import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Tensors of 8-bit types on the heap. */
final class ByteTensors {
  /** Rows and columns moved at a time, so that both sides stay in the cache. */
  private static final int TILE = 64;

  private ByteTensors() {}

  /** {@code [R, C]} as {@code [C, R]}, and {@code [D, R, C]} as {@code [D, C, R]}. */
  static Tensor transposed(Tensor tensor) {
    Shape shape = tensor.shape();
    long rows = shape.dim(-2);
    long columns = shape.dim(-1);
    long matrix = rows * columns;
    MemorySegment to = HeapMemory.allocate(shape.elements());
    for (long at = 0; at < shape.elements(); at += matrix) {
      transpose(tensor.data().asSlice(at, matrix), to.asSlice(at, matrix), rows, columns);
    }
    long[] dims = shape.toArray();
    dims[dims.length - 2] = columns;
    dims[dims.length - 1] = rows;
    return Tensor.of(tensor.dtype(), Shape.of(dims), to);
  }

  private static void transpose(MemorySegment from, MemorySegment to, long rows, long columns) {
    for (long row = 0; row < rows; row += TILE) {
      for (long column = 0; column < columns; column += TILE) {
        for (long r = row; r < Math.min(row + TILE, rows); r++) {
          for (long c = column; c < Math.min(column + TILE, columns); c++) {
            byte code = from.get(ValueLayout.JAVA_BYTE, r * columns + c);
            to.set(ValueLayout.JAVA_BYTE, c * rows + r, code);
          }
        }
      }
    }
  }
}
