package dev.swage.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A host tensor: element type, shape, and read-only, contiguous, row-major, little-endian bytes.
 * The bytes may live on the heap, in native memory or in a mapped file; whoever made the segment
 * owns it, and a tensor is valid as long as the segment is. Immutable as far as its owner keeps the
 * bytes still.
 */
public final class Tensor {
  /** Unaligned little-endian layouts: how every kernel reads tensor bytes. */
  public static final ValueLayout.OfFloat LE_FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  public static final ValueLayout.OfDouble LE_DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  public static final ValueLayout.OfShort LE_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  public static final ValueLayout.OfInt LE_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  public static final ValueLayout.OfLong LE_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final DType dtype;
  private final Shape shape;
  private final MemorySegment data;

  private Tensor(DType dtype, Shape shape, MemorySegment data) {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }

  /**
   * A tensor over existing bytes, which are not copied.
   *
   * @throws IllegalArgumentException if the segment's size is not what type and shape need
   */
  public static Tensor of(DType dtype, Shape shape, MemorySegment data) {
    long expected = dtype.bytes(shape.elements());
    if (data.byteSize() != expected) {
      throw new IllegalArgumentException(
          "%s%s needs %d bytes, got %d".formatted(dtype, shape, expected, data.byteSize()));
    }
    return new Tensor(dtype, shape, data.asReadOnly());
  }

  /** A float32 tensor with a copy of these values. */
  public static Tensor ofFloats(Shape shape, float... values) {
    MemorySegment data = allocate(DType.FLOAT32, shape, values.length);
    MemorySegment.copy(values, 0, data, LE_FLOAT, 0, values.length);
    return of(DType.FLOAT32, shape, data);
  }

  /** An int64 tensor with a copy of these values. */
  public static Tensor ofLongs(Shape shape, long... values) {
    MemorySegment data = allocate(DType.INT64, shape, values.length);
    MemorySegment.copy(values, 0, data, LE_LONG, 0, values.length);
    return of(DType.INT64, shape, data);
  }

  /** An int32 tensor with a copy of these values. */
  public static Tensor ofInts(Shape shape, int... values) {
    MemorySegment data = allocate(DType.INT32, shape, values.length);
    MemorySegment.copy(values, 0, data, LE_INT, 0, values.length);
    return of(DType.INT32, shape, data);
  }

  /**
   * A tensor of an 8-bit type with the low bytes of these values.
   *
   * @param dtype INT8, UINT8 or BOOL
   */
  public static Tensor ofBytes(DType dtype, Shape shape, int... values) {
    MemorySegment data = allocate(dtype, shape, values.length);
    for (int i = 0; i < values.length; i++) {
      data.set(ValueLayout.JAVA_BYTE, i, (byte) values[i]);
    }
    return of(dtype, shape, data);
  }

  private static MemorySegment allocate(DType dtype, Shape shape, int count) {
    if (shape.elements() != count) {
      throw new IllegalArgumentException(
          "shape %s holds %d elements, got %d".formatted(shape, shape.elements(), count));
    }
    return HeapMemory.allocate(dtype.bytes(count));
  }

  public DType dtype() {
    return dtype;
  }

  public Shape shape() {
    return shape;
  }

  /** The bytes; read-only. */
  public MemorySegment data() {
    return data;
  }

  /** Size of the data in bytes. */
  public long byteSize() {
    return data.byteSize();
  }

  /** The same bytes under another shape of as many elements. */
  public Tensor reshaped(Shape other) {
    if (other.elements() != shape.elements()) {
      throw new IllegalArgumentException("cannot view " + shape + " as " + other);
    }
    return new Tensor(dtype, other, data);
  }

  /** The element at a flat index of a float32 tensor. */
  public float getFloat(long index) {
    require(DType.FLOAT32);
    return data.get(LE_FLOAT, index * 4);
  }

  /** A copy of a float32 tensor's elements. */
  public float[] toFloats() {
    require(DType.FLOAT32);
    return data.toArray(LE_FLOAT);
  }

  /** A copy of an int64 tensor's elements. */
  public long[] toLongs() {
    require(DType.INT64);
    return data.toArray(LE_LONG);
  }

  private void require(DType expected) {
    if (dtype != expected) {
      throw new IllegalStateException("tensor is " + dtype + ", not " + expected);
    }
  }

  /** Type and shape, not the elements. */
  @Override
  public String toString() {
    return dtype + shape.toString();
  }
}
