package dev.swage.compress.weights;

import dev.swage.quant.Granularity;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a weight into whole rows of axis 0 that share no scale with each other, so that one of any
 * size is worked on in little memory. A weight whose scales are spread over all rows is one piece.
 */
final class WeightPieces {
  /** Elements in a piece: 8 MiB of floats, whose scales are garbage that dies young. */
  static final long SIZE = 1L << 21;

  private WeightPieces() {}

  /**
   * Some rows.
   *
   * @param at the first element, which begins a byte of packed codes
   * @param shape of the piece
   * @param scalesAt the first scale
   * @param scales shape of the piece's scales
   */
  record Piece(long at, Shape shape, long scalesAt, Shape scales) {
    long floatBytes() {
      return DType.FLOAT32.bytes(shape.elements());
    }
  }

  static List<Piece> of(Shape shape, Granularity granularity) {
    return of(shape, granularity, SIZE);
  }

  /** In pieces of about {@code size} elements. */
  static List<Piece> of(Shape shape, Granularity granularity, long size) {
    long rows = shape.rank() == 0 ? 1 : shape.dim(0);
    long step = shape.elements() <= size ? rows : step(shape, granularity, size);
    List<Piece> pieces = new ArrayList<>();
    long at = 0;
    long scalesAt = 0;
    for (long row = 0; row < rows; row += step) {
      Shape part = step >= rows ? shape : withRows(shape, Math.min(step, rows - row));
      Piece piece = new Piece(at, part, scalesAt, granularity.paramShape(part));
      pieces.add(piece);
      at += part.elements();
      scalesAt += piece.scales().elements();
    }
    return pieces;
  }

  /** Rows in a piece: whole groups, and whole bytes of packed codes. */
  private static long step(Shape shape, Granularity granularity, long size) {
    long unit =
        switch (granularity) {
          case Granularity.PerTensor() -> shape.dim(0);
          case Granularity.PerChannel(int axis) -> axis == 0 ? 4 : shape.dim(0);
          case Granularity.PerGroup(int axis, int group) -> axis == 0 ? Math.max(4, group) : 4;
        };
    return unit * Math.max(1, size / Math.max(1, unit * shape.inner(0)));
  }

  private static Shape withRows(Shape shape, long rows) {
    long[] dims = shape.toArray();
    dims[0] = rows;
    return Shape.of(dims);
  }
}
