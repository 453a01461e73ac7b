package dev.swage.compress.calibrate;

import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.MappedMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether the inputs of a model vary over calibration data. Ranges that were observed on zeros say
 * nothing of any value of the model, and nothing in the statistics would tell.
 */
final class InputVariation {
  private static final Set<DType> FLOATS =
      Set.of(DType.FLOAT32, DType.FLOAT64, DType.FLOAT16, DType.BFLOAT16);

  private final String data;
  private final int samples;
  private final List<Seen> inputs = new ArrayList<>();
  private OptionalInt first = OptionalInt.empty();
  private boolean alike = true;

  /**
   * Nothing is seen yet.
   *
   * @param data what messages call the data
   * @param samples number of samples in it
   * @param wanted the inputs, in the order that batches have
   */
  InputVariation(String data, int samples, List<ValueInfo> wanted) {
    this.data = data;
    this.samples = samples;
    wanted.forEach(input -> inputs.add(new Seen(input.name())));
  }

  /** What was seen of one input: the bytes of its first element, while all others are the same. */
  private static final class Seen {
    private final String name;
    private boolean floats;
    private boolean varies;
    private long elements;
    private String text = "";
    private byte[] element = {};

    private Seen(String name) {
      this.name = name;
    }

    private boolean isConstant() {
      return elements > 0 && !varies;
    }

    private void add(Tensor value) {
      elements += value.shape().elements();
      int bytes = value.dtype().bits() / 8;
      MemorySegment data = value.data();
      if (varies || value.shape().elements() == 0 || bytes == 0) {
        varies |= bytes == 0;
        return;
      }
      if (element.length == 0) {
        floats = FLOATS.contains(value.dtype());
        element = data.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
        text = value.dtype() == DType.FLOAT32 ? Float.toString(value.getFloat(0)) : "one number";
      }
      long size = data.byteSize();
      varies =
          MappedMemory.mismatch(data.asSlice(0, bytes), MemorySegment.ofArray(element)) >= 0
              || MappedMemory.mismatch(data.asSlice(0, size - bytes), data.asSlice(bytes)) >= 0;
    }
  }

  /**
   * Takes the inputs of a run.
   *
   * @param rows samples in it that are no repetitions
   */
  synchronized void add(List<Tensor> values, int rows) {
    for (int i = 0; i < inputs.size(); i++) {
      inputs.get(i).add(values.get(i));
    }
    if (alike) {
      compare(values, rows);
    }
  }

  private void compare(List<Tensor> values, int rows) {
    for (int row = 0; row < rows && alike; row++) {
      int hash = 1;
      for (Tensor value : values) {
        hash = 31 * hash + hash(value, row, rows);
      }
      if (first.isEmpty()) {
        first = OptionalInt.of(hash);
      }
      alike = first.getAsInt() == hash;
    }
  }

  private static int hash(Tensor value, int row, int rows) {
    Shape shape = value.shape();
    boolean stacked = rows > 1 && shape.rank() > 0 && shape.dim(0) >= rows;
    long bytes = stacked ? value.byteSize() / shape.dim(0) : value.byteSize();
    MemorySegment part = value.data().asSlice(stacked ? row * bytes : 0, bytes);
    return Arrays.hashCode(part.toArray(ValueLayout.JAVA_BYTE));
  }

  /**
   * What is to be said of the data; empty where all inputs vary.
   *
   * @throws CalibrationException if no input varies
   */
  synchronized Optional<String> finding() {
    List<Seen> constant =
        inputs.stream().filter(input -> input.floats && input.isConstant()).toList();
    boolean all = inputs.stream().allMatch(input -> input.elements == 0 || input.isConstant());
    long elements = inputs.stream().mapToLong(input -> input.elements).sum();
    if (all && !constant.isEmpty() && elements > inputs.size()) {
      throw new CalibrationException(
          "%s: %s in all %s samples: no range can be found on data that never vary; calibrate on samples as the model meets them in use"
              .formatted(data, names(constant), Integer.toString(samples)));
    }
    if (!constant.isEmpty() && elements > inputs.size()) {
      return Optional.of(
          "%s: %s in all %s samples: ranges of what depends on it alone cannot be trusted"
              .formatted(data, names(constant), Integer.toString(samples)));
    }
    return alike && samples > 1
        ? Optional.of(
            "%s: all %s samples are the same: ranges are those of one sample"
                .formatted(data, Integer.toString(samples)))
        : Optional.empty();
  }

  private static String names(List<Seen> constant) {
    return constant.stream()
        .map(input -> "input '%s' is %s".formatted(input.name, input.text))
        .collect(Collectors.joining(", "));
  }
}
