package dev.swage.data;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;

/**
 * Noise for one input, in whatever type it wants.
 *
 * @param shape of a sample
 */
record RandomInput(
    int size, Shape shape, RandomKind kind, RandomBounds bounds, long seed, Options options) {
  /** Numbers of this type. */
  Rows rows(DType dtype) {
    if (dtype == DType.FLOAT32) {
      return floats(kind == RandomKind.PHOTO ? PhotoRows.SCALE : 1);
    }
    if (dtype.isFloat() && dtype.bits() >= Short.SIZE) {
      return new ConvertedRows(rows(DType.FLOAT32), dtype);
    }
    if (dtype.isFloat() || dtype.bits() < Byte.SIZE) {
      throw new DataException(
          "%s: no noise of type %s is made; give inputs from a file"
              .formatted(options.name(), dtype));
    }
    if (kind == RandomKind.PHOTO) {
      // Pixels as they are in files.
      return new ConvertedRows(floats(1), dtype);
    }
    long[] range = bounds.integers(dtype, options);
    return new IntegerRows(size, shape, dtype, range[0], range[1], seed);
  }

  private Rows floats(float usualScale) {
    Scaling scaling = Scaling.of(options, usualScale, shape);
    return switch (kind) {
      case NORMAL -> new RandomRows(size, shape, new RandomRows.Normal(), scaling, seed);
      case UNIFORM ->
          new RandomRows(
              size, shape, new RandomRows.Uniform(bounds.low(), bounds.high()), scaling, seed);
      case PHOTO -> new PhotoRows(size, shape, scaling, seed);
    };
  }

  /** Fails for a shape that this kind of noise cannot have, or a scale that does not fit it. */
  void require() {
    if (kind == RandomKind.PHOTO && shape.rank() != 3) {
      throw options.wrong(
          "dist", "normal or uniform for %s: photos are 1xCHANNELSxHEIGHTxWIDTH".formatted(shape));
    }
    rows(DType.FLOAT32);
  }
}
