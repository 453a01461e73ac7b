package dev.swage.onnx;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Name, element type and shape of a tensor value of a graph.
 *
 * @param name the value's name
 * @param dtype element type; empty for a type that is not a tensor of a known element type
 * @param dims dimensions; empty when the rank is unknown
 */
public record ValueInfo(String name, Optional<DType> dtype, Optional<List<Dim>> dims) {
  public ValueInfo {
    dims = dims.map(List::copyOf);
  }

  /** One dimension: a fixed size, a named one, or an unknown one. */
  public sealed interface Dim {
    record Fixed(long size) implements Dim {
      @Override
      public String toString() {
        return Long.toString(size);
      }
    }

    /** An open size; the name is empty when the file gives none. */
    record Symbolic(String name) implements Dim {
      @Override
      public String toString() {
        return name.isEmpty() ? "?" : name;
      }
    }
  }

  /** A value with a fixed shape. */
  public static ValueInfo of(String name, DType dtype, Shape shape) {
    List<Dim> dims = new ArrayList<>();
    for (long dim : shape.toArray()) {
      dims.add(new Dim.Fixed(dim));
    }
    return new ValueInfo(name, Optional.of(dtype), Optional.of(dims));
  }

  /** A value whose first dimension is the open batch size {@code "batch"}. */
  public static ValueInfo batched(String name, DType dtype, long... sampleDims) {
    List<Dim> dims = new ArrayList<>();
    dims.add(new Dim.Symbolic("batch"));
    for (long dim : sampleDims) {
      dims.add(new Dim.Fixed(dim));
    }
    return new ValueInfo(name, Optional.of(dtype), Optional.of(dims));
  }
}
