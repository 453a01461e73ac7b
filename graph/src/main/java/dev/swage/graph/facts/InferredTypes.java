package dev.swage.graph.facts;

import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Element types and shapes of a model's values as far as they are known without running it. Names
 * that two branches define are not known: they may differ.
 */
public final class InferredTypes {
  private final Map<String, ValueInfo> values = new HashMap<>();
  private final Set<String> ambiguous = new HashSet<>();

  void add(ValueInfo value) {
    if (values.putIfAbsent(value.name(), value) != null) {
      ambiguous.add(value.name());
    }
  }

  /** These, and what others say of values that nothing is said of here. */
  public InferredTypes or(InferredTypes others) {
    InferredTypes both = new InferredTypes();
    both.values.putAll(others.values);
    both.ambiguous.addAll(others.ambiguous);
    both.ambiguous.removeAll(values.keySet());
    both.values.putAll(values);
    both.ambiguous.addAll(ambiguous);
    return both;
  }

  public Optional<ValueInfo> find(String value) {
    return ambiguous.contains(value) ? Optional.empty() : Optional.ofNullable(values.get(value));
  }

  public Optional<DType> dtype(String value) {
    return find(value).flatMap(ValueInfo::dtype);
  }

  public Optional<List<Dim>> dims(String value) {
    return find(value).flatMap(ValueInfo::dims);
  }

  public OptionalInt rank(String value) {
    Optional<List<Dim>> dims = dims(value);
    return dims.isPresent() ? OptionalInt.of(dims.get().size()) : OptionalInt.empty();
  }

  /** The shape, if every dimension is fixed. */
  public Optional<Shape> shape(String value) {
    return dims(value).flatMap(InferredTypes::fixed);
  }

  private static Optional<Shape> fixed(List<Dim> dims) {
    long[] sizes = new long[dims.size()];
    for (int i = 0; i < sizes.length; i++) {
      if (!(dims.get(i) instanceof Dim.Fixed(long size))) {
        return Optional.empty();
      }
      sizes[i] = size;
    }
    return Shape.ifValid(sizes);
  }
}
