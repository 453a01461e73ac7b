package dev.swage.data;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;

/** Samples of one input that can be written, one by one, into a batch; safe for many threads. */
interface Rows {
  int size();

  /** Shape of one sample. */
  Shape shape();

  /** Element type of what {@link #read} writes. */
  default DType dtype() {
    return DType.FLOAT32;
  }

  /** Writes sample {@code row} at a byte offset of a batch. */
  void read(int row, MemorySegment batch, long offset);
}
