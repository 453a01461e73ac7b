package dev.swage.run;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Elements of one type, put together from tensors and maps. */
final class ElementList {
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final DType dtype;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  ElementList(DType dtype) {
    this.dtype = dtype;
  }

  /** The type that elements are held in: int64 for strings; empty for what is not read. */
  static Optional<DType> dtype(OnnxJavaType type) {
    return switch (type) {
      case FLOAT -> Optional.of(DType.FLOAT32);
      case DOUBLE -> Optional.of(DType.FLOAT64);
      case FLOAT16 -> Optional.of(DType.FLOAT16);
      case BFLOAT16 -> Optional.of(DType.BFLOAT16);
      case INT64, STRING -> Optional.of(DType.INT64);
      case INT32 -> Optional.of(DType.INT32);
      case INT16 -> Optional.of(DType.INT16);
      case INT8 -> Optional.of(DType.INT8);
      case UINT8 -> Optional.of(DType.UINT8);
      case BOOL -> Optional.of(DType.BOOL);
      default -> Optional.empty();
    };
  }

  /**
   * A number that stands for a string: the 64-bit FNV-1a hash of its UTF-8 bytes. Different strings
   * have different ones, but for one pair in 2⁶⁴.
   */
  static long id(String text) {
    long hash = FNV_OFFSET;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * FNV_PRIME;
    }
    return hash;
  }

  int size() {
    return bytes.size() * Byte.SIZE / dtype.bits();
  }

  void add(OnnxTensor tensor) throws OrtException {
    if (tensor.getInfo().type == OnnxJavaType.STRING) {
      strings(tensor.getValue());
      return;
    }
    ByteBuffer buffer = tensor.getByteBuffer();
    byte[] copy = new byte[buffer.remaining()];
    buffer.get(copy);
    bytes.writeBytes(copy);
  }

  private void strings(Object value) {
    switch (value) {
      case String text -> number(id(text));
      case Object[] many -> {
        for (Object one : many) {
          strings(one);
        }
      }
      default -> throw new IllegalArgumentException("no strings but " + value.getClass());
    }
  }

  /** The values of a map in the order of its keys, numbers or strings. */
  void add(Map<?, ?> map) {
    List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
    entries.sort(Comparator.comparing(Map.Entry::getKey, ElementList::compareKeys));
    entries.forEach(entry -> element(entry.getValue()));
  }

  private static int compareKeys(Object a, Object b) {
    return a instanceof Long x && b instanceof Long y
        ? Long.compare(x, y)
        : String.valueOf(a).compareTo(String.valueOf(b));
  }

  private void element(Object value) {
    switch (value) {
      case Float f -> bytes.writeBytes(little(4).putFloat(0, f).array());
      case Double d -> number(Double.doubleToRawLongBits(d));
      case Long l -> number(l);
      case String text -> number(id(text));
      default -> throw new IllegalArgumentException("no element of a map: " + value.getClass());
    }
  }

  private void number(long value) {
    bytes.writeBytes(little(8).putLong(0, value).array());
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  Tensor tensor(Shape shape) {
    return Tensor.of(dtype, shape, MemorySegment.ofArray(bytes.toByteArray()));
  }
}
