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

  /** The same as training reads them in an epoch, where they vary from one to the next. */
  default Rows inEpoch(int epoch) {
    return this;
  }

  /** How they vary from epoch to epoch; empty where they do not. */
  default String variation() {
    return "";
  }

  /** Writes sample {@code row} at a byte offset of a batch. */
  void read(int row, MemorySegment batch, long offset);
}
