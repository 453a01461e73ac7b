package dev.swage.data;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** What the samples of a source should be answered with. */
sealed interface Targets {
  /** Classes from int64 {@code [n]}, values from float32 {@code [n, …]}. */
  static Targets of(Tensor all) {
    if (all.dtype() == DType.FLOAT32) {
      return new Values(all);
    }
    if (all.dtype() != DType.INT64 || all.shape().rank() != 1) {
      throw new DataException(
          "targets are %s, expected INT64[n] class indices or FLOAT32[n, ...] values"
              .formatted(all));
    }
    long[] labels = all.toLongs();
    long largest = Arrays.stream(labels).max().orElse(0);
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] > MOST_CLASSES) {
        throw new DataException(
            "target %d is %d, expected a class index from 0 to %d"
                .formatted(i, labels[i], MOST_CLASSES));
      }
    }
    int[] indices = Arrays.stream(labels).mapToInt(Math::toIntExact).toArray();
    return new Classes(indices, numbered((int) largest + 1));
  }

  /** Classes named 0 … count−1. */
  static List<String> numbered(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).toList();
  }

  /** More classes than any labelled data has; a larger index is an identifier read as a label. */
  int MOST_CLASSES = 1 << 20;

  /** The targets of these samples, stacked. */
  Optional<Tensor> at(int[] indices);

  /** Names of the classes by index; empty when targets are values or absent. */
  default List<String> classNames() {
    return List.of();
  }

  /** Class indices, one per sample. */
  final class Classes implements Targets {
    private final int[] labels;
    private final List<String> names;

    /**
     * @param labels not copied; each in [0, names)
     */
    Classes(int[] labels, List<String> names) {
      this.labels = labels;
      this.names = List.copyOf(names);
    }

    @Override
    public Optional<Tensor> at(int[] indices) {
      long[] picked = new long[indices.length];
      for (int i = 0; i < picked.length; i++) {
        picked[i] = labels[indices[i]];
      }
      return Optional.of(Tensor.ofLongs(Shape.of(picked.length), picked));
    }

    @Override
    public List<String> classNames() {
      return names;
    }
  }

  /**
   * Classes that are computed when they are asked for.
   *
   * @param label of a sample, in [0, names)
   */
  record ComputedClasses(IntUnaryOperator label, List<String> classNames) implements Targets {
    @Override
    public Optional<Tensor> at(int[] indices) {
      long[] labels = Arrays.stream(indices).map(label).asLongStream().toArray();
      return Optional.of(Tensor.ofLongs(Shape.of(labels.length), labels));
    }
  }

  /** Values, a row of a tensor {@code [n, …]} per sample. */
  final class Values implements Targets {
    private final Rows rows;

    Values(Tensor all) {
      this(new TensorRows(all));
    }

    Values(Rows rows) {
      this.rows = rows;
    }

    @Override
    public Optional<Tensor> at(int[] indices) {
      return Optional.of(MemorySource.stack(rows, indices));
    }
  }

  /** Inputs only. */
  record None() implements Targets {
    @Override
    public Optional<Tensor> at(int[] indices) {
      return Optional.empty();
    }
  }
}
