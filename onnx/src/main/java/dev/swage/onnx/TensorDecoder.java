package dev.swage.onnx;

import com.google.protobuf.ByteString;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;

/** Turns wire tensors into {@link Tensor}s; raw and external bytes are viewed, not copied. */
final class TensorDecoder {
  private static final double MOST_OF_NOTHING = 1 << 20;

  /** What lies in other places of a file than weights do cannot be stored beside it. */
  private static final long MOST_COPIED = 1L << 30;

  private final String file;
  private final ExternalFiles external;

  TensorDecoder(String file, ExternalFiles external) {
    this.file = file;
    this.external = external;
  }

  /** Empty for element types Swage has no tensors of: strings, complex numbers, newer types. */
  Optional<Tensor> decode(TensorProto proto, String name) {
    Optional<DType> dtype = WireTypes.dtype(proto.getDataType());
    if (dtype.isEmpty() || proto.hasSegment()) {
      return Optional.empty();
    }
    Shape shape = shape(proto, name);
    long bytes = byteSize(dtype.get(), shape, name);
    MemorySegment data = data(proto, dtype.get(), shape, name);
    if (data.byteSize() != bytes) {
      throw fail(
          name,
          "%s%s needs %d bytes, got %d; the file is damaged"
              .formatted(dtype.get(), shape, bytes, data.byteSize()));
    }
    return Optional.of(Tensor.of(dtype.get(), shape, data));
  }

  private Shape shape(TensorProto proto, String name) {
    long[] dims = new long[proto.getDimsCount()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = proto.getDims(i);
    }
    requireLikely(dims, name);
    try {
      return Shape.of(dims);
    } catch (IllegalArgumentException e) {
      throw new OnnxException(message(name, String.valueOf(e.getMessage())), e);
    }
  }

  /** A tensor without elements has no data that would bound its other sizes. */
  private void requireLikely(long[] dims, String name) {
    double others = 1;
    boolean empty = false;
    for (long dim : dims) {
      empty |= dim == 0;
      others *= Math.max(1, dim);
    }
    if (empty && others > MOST_OF_NOTHING) {
      throw fail(name, "has no elements, but the sizes " + Arrays.toString(dims));
    }
  }

  private long byteSize(DType dtype, Shape shape, String name) {
    try {
      return dtype.bytes(shape.elements());
    } catch (ArithmeticException e) {
      throw new OnnxException(message(name, dtype + "" + shape + " has more than 2^63-1 bits"), e);
    }
  }

  private MemorySegment data(TensorProto proto, DType dtype, Shape shape, String name) {
    int typed = typedCount(proto);
    if (proto.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      if (proto.hasRawData() || typed > 0) {
        throw fail(name, "has both external and inline data");
      }
      return external.map(proto, message(name, ""), dtype.bytes(shape.elements()));
    }
    if (proto.hasRawData()) {
      if (typed > 0) {
        throw fail(name, "has both raw and typed data");
      }
      return segment(proto.getRawData());
    }
    MemorySegment data = TypedFields.toLittleEndian(proto, dtype, message(name, ""));
    if (TypedFields.count(proto, dtype) != typed) {
      throw fail(name, "has data in a field that is not that of " + dtype);
    }
    return data;
  }

  private static int typedCount(TensorProto proto) {
    return proto.getFloatDataCount()
        + proto.getInt32DataCount()
        + proto.getInt64DataCount()
        + proto.getDoubleDataCount()
        + proto.getUint64DataCount()
        + proto.getStringDataCount();
  }

  static MemorySegment segment(ByteString bytes) {
    return bytes.isEmpty()
        ? MemorySegment.ofArray(new long[0])
        : MemorySegment.ofBuffer(bytes.asReadOnlyByteBuffer());
  }

  /**
   * A tensor kept in wire form, self-contained: external bytes are copied in, so that it can be
   * written to another folder.
   */
  TensorProto selfContained(TensorProto proto, String name) {
    if (proto.getDataLocation() != TensorProto.DataLocation.EXTERNAL) {
      return proto;
    }
    MemorySegment data = external.map(proto, message(name, ""), needed(proto, name));
    if (data.byteSize() > MOST_COPIED) {
      throw fail(
          name,
          "has %d bytes of external data, more than the %d that are copied into a file"
              .formatted(data.byteSize(), MOST_COPIED));
    }
    byte[] bytes = data.toArray(ValueLayout.JAVA_BYTE);
    return proto.toBuilder()
        .clearExternalData()
        .clearDataLocation()
        .setRawData(ByteString.copyFrom(bytes))
        .build();
  }

  private long needed(TensorProto proto, String name) {
    Optional<DType> dtype = WireTypes.dtype(proto.getDataType());
    return dtype.isEmpty() || proto.hasSegment()
        ? ExternalFiles.UNKNOWN_LENGTH
        : byteSize(dtype.get(), shape(proto, name), name);
  }

  private OnnxException fail(String name, String problem) {
    return new OnnxException(message(name, problem));
  }

  private String message(String name, String problem) {
    return "%s: tensor '%s': %s".formatted(file, name, problem);
  }
}
