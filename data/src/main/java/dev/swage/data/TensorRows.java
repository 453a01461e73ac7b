package dev.swage.data;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The rows of one tensor {@code [n, …]}, copied as they are. */
final class TensorRows implements Rows {
  private final Tensor all;
  private final Shape shape;
  private final long rowBytes;

  TensorRows(Tensor all) {
    this.all = all;
    long[] dims = all.shape().toArray();
    shape = Shape.of(Arrays.copyOfRange(dims, 1, dims.length));
    rowBytes = all.dtype().bytes(shape.elements());
  }

  @Override
  public int size() {
    return Math.toIntExact(all.shape().dim(0));
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public DType dtype() {
    return all.dtype();
  }

  @Override
  public void read(int row, MemorySegment batch, long offset) {
    MemorySegment.copy(all.data(), row * rowBytes, batch, offset, rowBytes);
  }
}
