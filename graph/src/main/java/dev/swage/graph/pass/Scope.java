package dev.swage.graph.pass;

import dev.swage.graph.facts.InferredTypes;
import dev.swage.onnx.FreshNames;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Optional;

/**
 * What a pass knows in one graph.
 *
 * @param constants the graph's, and those of the graphs around it
 */
public record Scope(Map<String, Tensor> constants, PassContext context) {
  public Optional<Tensor> constant(String value) {
    return Optional.ofNullable(constants.get(value));
  }

  /** The integers of a small int64 or int32 constant. */
  public Optional<long[]> integers(String value) {
    Tensor tensor = constants.get(value);
    if (tensor == null || tensor.byteSize() > 4096) {
      return Optional.empty();
    }
    return switch (tensor.dtype()) {
      case INT64 -> Optional.of(tensor.toLongs());
      case INT32 -> {
        long[] values = new long[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < values.length; i++) {
          values[i] = tensor.data().get(Tensor.LE_INT, 4L * i);
        }
        yield Optional.of(values);
      }
      default -> Optional.empty();
    };
  }

  /** The one element of a bool constant. */
  public Optional<Boolean> bool(String value) {
    Tensor tensor = constants.get(value);
    return tensor == null || tensor.dtype() != DType.BOOL || tensor.byteSize() != 1
        ? Optional.empty()
        : Optional.of(tensor.data().get(ValueLayout.JAVA_BYTE, 0) != 0);
  }

  public InferredTypes facts() {
    return context.facts();
  }

  public FreshNames names() {
    return context.names();
  }

  public ChangeLog log() {
    return context.log();
  }
}
