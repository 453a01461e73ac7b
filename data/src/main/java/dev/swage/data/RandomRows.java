package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Noise made when it is asked for, each sample from a seed of its own. */
record RandomRows(int size, Shape shape, Distribution distribution, Scaling scaling, long seed)
    implements Rows {
  /** How numbers are distributed. */
  sealed interface Distribution {}

  /** Mean 0, variance 1. */
  record Normal() implements Distribution {}

  /** From low to high, which is not among them. */
  record Uniform(double low, double high) implements Distribution {}

  @Override
  public void read(int row, MemorySegment batch, long offset) {
    SeededRandom random = new SeededRandom(SeededRandom.derive(seed, row));
    long elements = shape.elements();
    long width = shape.rank() == 0 || elements == 0 ? 1 : elements / shape.dim(0);
    for (long i = 0; i < elements; i++) {
      double value =
          switch (distribution) {
            case Normal normal -> random.gaussian();
            case Uniform(double low, double high) -> random.uniform(low, high);
          };
      batch.set(Tensor.LE_FLOAT, offset + 4 * i, scaling.apply((float) value, (int) (i / width)));
    }
  }
}
