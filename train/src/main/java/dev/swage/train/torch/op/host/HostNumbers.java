package dev.swage.train.torch.op.host;

import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.Value;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.function.IntToLongFunction;

/**
 * A small tensor on the host: integers, truth values, or numbers that were made of them.
 *
 * @param type INT64, INT32, BOOL or FLOAT32
 * @param values the elements, in row-major order; of FLOAT32 their bits
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

  /** One with an element for each place; empty where that is too much for the host. */
  static Optional<HostNumbers> filled(DType type, Shape shape, IntToLongFunction element) {
    if (shape.elements() > Value.LARGEST_ON_HOST) {
      return Optional.empty();
    }
    long[] values = new long[Math.toIntExact(shape.elements())];
    java.util.Arrays.setAll(values, element);
    return Optional.of(of(type, shape, values));
  }

  /** An input, where it is on the host and of such a type. */
  static Optional<HostNumbers> in(Call call, int input) {
    return call.has(input) && call.isOnHost(input) ? of(call.host(input)) : Optional.empty();
  }

  /** An input without floats. */
  static Optional<HostNumbers> whole(Call call, int input) {
    return in(call, input).filter(x -> !x.isFloat());
  }

  static Optional<HostNumbers> of(Tensor host) {
    MemorySegment data = host.data();
    IntToLongFunction element =
        switch (host.dtype()) {
          case INT64 -> i -> data.get(Tensor.LE_LONG, i * 8L);
          case INT32, FLOAT32 -> i -> data.get(Tensor.LE_INT, i * 4L);
          case BOOL -> i -> data.get(ValueLayout.JAVA_BYTE, i) == 0 ? 0 : 1;
          default -> i -> 0;
        };
    return switch (host.dtype()) {
      case INT64, INT32, FLOAT32, BOOL -> filled(host.dtype(), host.shape(), element);
      default -> Optional.empty();
    };
  }

  Tensor tensor() {
    if (type == DType.INT64) {
      return Tensor.ofLongs(shape, values.copy());
    }
    MemorySegment data = HeapMemory.allocate(type.bytes(values.size()));
    for (int i = 0; i < values.size(); i++) {
      if (type == DType.BOOL) {
        data.set(ValueLayout.JAVA_BYTE, i, (byte) (values.get(i) == 0 ? 0 : 1));
      } else {
        data.set(Tensor.LE_INT, i * 4L, (int) values.get(i));
      }
    }
    return Tensor.of(type, shape, data);
  }

  boolean isFloat() {
    return type == DType.FLOAT32;
  }

  int size() {
    return values.size();
  }

  long get(int index) {
    return values.get(index);
  }

  double number(int index) {
    return isFloat() ? Float.intBitsToFloat((int) get(index)) : get(index);
  }

  /** How an element of this type has a number. */
  static long bits(DType type, double number) {
    return switch (type) {
      case FLOAT32 -> Float.floatToRawIntBits((float) number);
      case INT32 -> (int) number;
      case BOOL -> number == 0 ? 0 : 1;
      default -> (long) number;
    };
  }

  HostNumbers reshaped(Shape other) {
    return new HostNumbers(type, other, values);
  }
}
