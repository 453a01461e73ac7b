package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * The adding problem (Hochreiter and Schmidhuber 1997): {@code length} steps of a value from U[0,
 * 1) and a mark that is 1 at two places, in [0, 0.1·T) and [0.1·T, 0.5·T). The target is the mean
 * of the two marked values; always answering ½ has a mean squared error of 1/24. Sample i is made
 * from the seed and i when it is read.
 */
record AddingProblem(int size, int length, long seed) implements Rows {
  private static final int LENGTH = 50;

  static DataSource open(Options options) {
    Split split = options.split().orElse(Split.TRAIN);
    int length = options.count("length", TemporalOrder.SHORTEST).orElse(LENGTH);
    int size =
        options
            .count("count", 1)
            .orElse(split == Split.TRAIN ? TemporalOrder.TRAIN_SIZE : TemporalOrder.OTHER_SIZE);
    AddingProblem rows =
        new AddingProblem(size, length, SeededRandom.derive(options.seed(), split.part()));
    return new MemorySource(options.name(), rows, new Targets.Values(rows.new Means()));
  }

  @Override
  public Shape shape() {
    return Shape.of(length, 2);
  }

  @Override
  public void read(int row, MemorySegment batch, long offset) {
    write(row, batch, offset);
  }

  /** Writes a sample and returns the mean of its marked values. */
  private float write(int row, MemorySegment batch, long offset) {
    SeededRandom random = new SeededRandom(SeededRandom.derive(seed, row));
    int first = TemporalOrder.place(random, length, 0, 1);
    int second = TemporalOrder.place(random, length, 1, 5);
    float sum = 0;
    for (int t = 0; t < length; t++) {
      float value = (float) random.uniform(0, 1);
      boolean marked = t == first || t == second;
      batch.set(Tensor.LE_FLOAT, offset + 8L * t, value);
      batch.set(Tensor.LE_FLOAT, offset + 8L * t + 4, marked ? 1 : 0);
      sum += marked ? value : 0;
    }
    return sum / 2;
  }

  /** The targets as rows of their own. */
  private final class Means implements Rows {
    @Override
    public int size() {
      return size;
    }

    @Override
    public Shape shape() {
      return Shape.of(1);
    }

    @Override
    public void read(int row, MemorySegment batch, long offset) {
      MemorySegment scratch = MemorySegment.ofArray(new long[length]);
      batch.set(Tensor.LE_FLOAT, offset, write(row, scratch, 0));
    }
  }
}
