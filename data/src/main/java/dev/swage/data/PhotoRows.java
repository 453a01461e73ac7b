package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Pictures like photographs, painted when they are asked for, each from a seed of its own. */
record PhotoRows(int size, Shape shape, Scaling scaling, long seed) implements Rows {
  /** What pixels are divided by where nothing else is said, as of pictures in files. */
  static final float SCALE = 255;

  @Override
  public void read(int row, MemorySegment batch, long offset) {
    SeededRandom random = new SeededRandom(SeededRandom.derive(seed, row));
    int[] dims = new int[3];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = Math.toIntExact(shape.dim(i));
    }
    float[] pixels = Photo.pixels(random, dims[0], dims[1], dims[2]);
    scaling.applyTo(pixels, shape);
    MemorySegment.copy(
        MemorySegment.ofArray(pixels),
        ValueLayout.JAVA_FLOAT,
        0,
        batch,
        Tensor.LE_FLOAT,
        offset,
        pixels.length);
  }
}
