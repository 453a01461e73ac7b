package dev.swage.compress.weights;

import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A part of a large weight that shows what its codes lose: whole channels or groups of it. */
final class WeightSample {
  /** Columns that lie in a line of cache. */
  private static final int LINE = 16;

  /** Parts that a sample is spread over. */
  private static final int PARTS = 64;

  private WeightSample() {}

  /**
   * Evenly spread parts of about {@code size} elements together, none of which shares a scale with
   * what is left out; the whole weight where there are none.
   *
   * @param weight of any type
   * @param scheme how it is quantized
   * @param arena for what has to be copied
   */
  static List<Tensor> of(Tensor weight, QuantScheme scheme, long size, Arena arena) {
    Shape shape = weight.shape();
    if (scheme.granularity() instanceof Granularity.PerChannel(int axis)
        && shape.rank() == 2
        && axis == 1) {
      return List.of(columns(weight, size, arena));
    }
    List<WeightPieces.Piece> pieces =
        WeightPieces.of(shape, scheme.granularity(), Math.max(1, size / PARTS));
    long step = Math.max(1, Math.ceilDiv(shape.elements(), Math.max(1, size)));
    long bytes = weight.dtype().bytes(1);
    List<Tensor> parts = new ArrayList<>();
    for (int i = 0; i < pieces.size(); i += Math.toIntExact(step)) {
      WeightPieces.Piece piece = pieces.get(i);
      parts.add(
          Tensor.of(
              weight.dtype(),
              piece.shape(),
              weight.data().asSlice(piece.at() * bytes, piece.shape().elements() * bytes)));
    }
    return parts;
  }

  /** Some columns of a matrix with a scale for each, as a matrix of their own. */
  private static Tensor columns(Tensor matrix, long size, Arena arena) {
    long rows = matrix.shape().dim(0);
    long columns = matrix.shape().dim(1);
    long lines = Math.clamp(size / (rows * LINE), 1, Math.max(1, columns / LINE));
    int width = (int) Math.min(LINE, columns);
    long stride = Math.max(width, columns / lines);
    long taken = Math.min(lines, 1 + (columns - width) / stride);
    long bytes = matrix.dtype().bytes(1);
    MemorySegment part = arena.allocate(rows * taken * width * bytes, bytes);
    long at = 0;
    for (long row = 0; row < rows; row++) {
      for (long line = 0; line < taken; line++) {
        long from = (row * columns + line * stride) * bytes;
        MemorySegment.copy(matrix.data(), from, part, at, width * bytes);
        at += width * bytes;
      }
    }
    return Tensor.of(matrix.dtype(), Shape.of(rows, taken * width), part);
  }
}
