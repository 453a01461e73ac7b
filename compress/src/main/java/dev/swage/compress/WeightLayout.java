package dev.swage.compress;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Moves float weights between their own shape and the layout their codes are stored in. */
final class WeightLayout {
  private static final int TILE = 32;

  private WeightLayout() {}

  /** The weight in the layout of {@code form}; a view where the bytes keep their order. */
  static Tensor toStored(Tensor weight, WeightForm form) {
    return switch (form) {
      case AS_IS, N_BITS -> weight;
      case TRANSPOSED, N_BITS_TRANSPOSED -> transpose(weight);
      case FLATTENED -> weight.reshaped(flattened(weight.shape()));
      case STACKED -> weight.reshaped(stacked(weight.shape()));
    };
  }

  /** The reverse of {@link #toStored}, given the weight's own shape. */
  static Tensor fromStored(Tensor stored, WeightForm form, Shape shape) {
    return switch (form) {
      case AS_IS, N_BITS -> stored;
      case TRANSPOSED, N_BITS_TRANSPOSED -> transpose(stored);
      case FLATTENED, STACKED -> stored.reshaped(shape);
    };
  }

  private static Shape flattened(Shape shape) {
    return Shape.of(shape.dim(0), shape.inner(0));
  }

  private static Shape stacked(Shape shape) {
    return Shape.of(shape.dim(0) * shape.dim(1), shape.dim(2));
  }

  private static Tensor transpose(Tensor matrix) {
    long rows = matrix.shape().dim(0);
    long columns = matrix.shape().dim(1);
    MemorySegment from = matrix.data();
    MemorySegment to = Bytes.allocate(matrix.byteSize());
    for (long row = 0; row < rows; row += TILE) {
      for (long column = 0; column < columns; column += TILE) {
        for (long r = row; r < Math.min(row + TILE, rows); r++) {
          for (long c = column; c < Math.min(column + TILE, columns); c++) {
            float value = from.get(Tensor.LE_FLOAT, (r * columns + c) * Float.BYTES);
            to.set(Tensor.LE_FLOAT, (c * rows + r) * Float.BYTES, value);
          }
        }
      }
    }
    return Tensor.of(DType.FLOAT32, Shape.of(columns, rows), to);
  }
}
