package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * The temporal order problem (Hochreiter and Schmidhuber 1997; as in Pascanu et al. 2013): {@code
 * length} symbols of six, one-hot. Two of them, at places in [0.1·T, 0.2·T) and [0.5·T, 0.6·T), are
 * A or B, the others one of four distractors; the class is which two, in their order: AA, AB, BA,
 * BB. Sample i is made from the seed and i when it is read.
 */
record TemporalOrder(int size, int length, long seed) implements Rows {
  private static final int SYMBOLS = 6;
  private static final int DISTRACTORS = 4;
  private static final int LENGTH = 30;
  static final int SHORTEST = 10;
  static final int TRAIN_SIZE = 10_000;
  static final int OTHER_SIZE = 1000;

  static DataSource open(Options options) {
    Split split = options.split().orElse(Split.TRAIN);
    int length = options.count("length", SHORTEST).orElse(LENGTH);
    int size = options.count("count", 1).orElse(split == Split.TRAIN ? TRAIN_SIZE : OTHER_SIZE);
    TemporalOrder rows =
        new TemporalOrder(size, length, SeededRandom.derive(options.seed(), split.part()));
    return new MemorySource(
        options.name(),
        rows,
        new Targets.ComputedClasses(rows::label, java.util.List.of("AA", "AB", "BA", "BB")));
  }

  /** A place in [from·T, to·T), in tenths. */
  static int place(SeededRandom random, int length, int from, int to) {
    int first = length * from / 10;
    return first + random.below(Math.max(1, length * to / 10 - first));
  }

  private SeededRandom random(int row) {
    return new SeededRandom(SeededRandom.derive(seed, row));
  }

  int label(int row) {
    return random(row).below(4);
  }

  @Override
  public Shape shape() {
    return Shape.of(length, SYMBOLS);
  }

  @Override
  public void read(int row, MemorySegment batch, long offset) {
    SeededRandom random = random(row);
    int label = random.below(4);
    int first = place(random, length, 1, 2);
    int second = place(random, length, 5, 6);
    batch.asSlice(offset, 4L * SYMBOLS * length).fill((byte) 0);
    for (int t = 0; t < length; t++) {
      int distractor = 2 + random.below(DISTRACTORS);
      int symbol = t == first ? label / 2 : t == second ? label % 2 : distractor;
      batch.set(Tensor.LE_FLOAT, offset + 4L * (SYMBOLS * t + symbol), 1);
    }
  }
}
