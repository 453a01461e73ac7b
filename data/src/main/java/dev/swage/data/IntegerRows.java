package dev.swage.data;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Random integers, all from {@code low} to {@code high} alike, each sample of its own seed. */
record IntegerRows(int size, Shape shape, DType dtype, long low, long high, long seed)
    implements Rows {
  @Override
  public void read(int row, MemorySegment batch, long offset) {
    SeededRandom random = new SeededRandom(SeededRandom.derive(seed, row));
    int bytes = dtype.bits() / Byte.SIZE;
    for (long i = 0; i < shape.elements(); i++) {
      long value = random.between(low, high);
      for (int b = 0; b < bytes; b++) {
        batch.set(ValueLayout.JAVA_BYTE, offset + i * bytes + b, (byte) (value >> (Byte.SIZE * b)));
      }
    }
  }
}
