package dev.swage.train.torch.op.host;

import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.program.Call;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * A small tensor of integers or truth values on the host.
 *
 * @param type INT64, INT32 or BOOL
 * @param values the elements, in row-major order
 */
record HostNumbers(DType type, Shape shape, LongList values) {
  /** Elements, read only. */
  static final class LongList {
    private final long[] elements;

    private LongList(long[] elements) {
      this.elements = elements;
    }

    long get(int index) {
      return elements[index];
    }

    int size() {
      return elements.length;
    }

    long[] copy() {
      return elements.clone();
    }
  }

  static HostNumbers of(DType type, Shape shape, long... values) {
    return new HostNumbers(type, shape, new LongList(values));
  }

  /** An input, where it is on the host and of such a type. */
  static Optional<HostNumbers> in(Call call, int input) {
    return call.has(input) && call.isOnHost(input) ? of(call.host(input)) : Optional.empty();
  }

  private static Optional<HostNumbers> of(Tensor host) {
    MemorySegment data = host.data();
    long[] values = new long[Math.toIntExact(host.shape().elements())];
    switch (host.dtype()) {
      case INT64 -> MemorySegment.copy(data, Tensor.LE_LONG, 0, values, 0, values.length);
      case INT32 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = data.get(Tensor.LE_INT, i * 4L);
        }
      }
      case BOOL -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = data.get(ValueLayout.JAVA_BYTE, i) == 0 ? 0 : 1;
        }
      }
      default -> {
        return Optional.empty();
      }
    }
    return Optional.of(of(host.dtype(), host.shape(), values));
  }

  Tensor tensor() {
    if (type == DType.INT64) {
      return Tensor.ofLongs(shape, values.copy());
    }
    MemorySegment data = HeapMemory.allocate(type.bytes(values.size()));
    for (int i = 0; i < values.size(); i++) {
      if (type == DType.INT32) {
        data.set(Tensor.LE_INT, i * 4L, (int) values.get(i));
      } else {
        data.set(ValueLayout.JAVA_BYTE, i, (byte) (values.get(i) == 0 ? 0 : 1));
      }
    }
    return Tensor.of(type, shape, data);
  }

  int size() {
    return values.size();
  }

  long get(int index) {
    return values.get(index);
  }

  HostNumbers reshaped(Shape other) {
    return new HostNumbers(type, other, values);
  }

  boolean isVector() {
    return shape.rank() == 1;
  }
}
