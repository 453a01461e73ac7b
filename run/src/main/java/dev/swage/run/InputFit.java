package dev.swage.run;

import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Shapes of samples and shapes that a model wants, which may differ in axes of size 1. */
final class InputFit {
  private InputFit() {}

  /**
   * Whether an input takes a sample as it is, batch axis and all or without any, but not stacked.
   */
  static boolean isWhole(ValueInfo wanted, Shape sample) {
    List<Dim> dims = wanted.dims().orElse(List.of());
    if (wanted.dims().isEmpty()) {
      return false;
    }
    if (InputCheck.fits(dims, sample)) {
      return dims.isEmpty() || !isFixed(rest(dims)) || shape(rest(dims), sample, 0).isEmpty();
    }
    return !dims.isEmpty()
        && shape(rest(dims), sample, 0).isEmpty()
        && shape(dims, sample, 0).isPresent();
  }

  /** A batch of one sample as the sample, in the shape that the model wants. */
  static Tensor unstacked(Tensor tensor, ValueInfo wanted) {
    long[] dims = tensor.shape().toArray();
    Shape sample = Shape.of(Arrays.copyOfRange(dims, 1, dims.length));
    Optional<Shape> fitting =
        InputCheck.fits(wanted.dims().orElseThrow(), sample)
            ? Optional.of(sample)
            : shape(wanted.dims().orElseThrow(), sample, 0);
    return tensor.reshaped(fitting.orElse(sample));
  }

  /** A batch with the axes of size 1 that the model wants; itself where that does not help. */
  static Tensor stacked(Tensor tensor, ValueInfo wanted) {
    List<Dim> dims = wanted.dims().orElse(List.of());
    if (wanted.dims().filter(List::isEmpty).isPresent() && tensor.shape().elements() == 1) {
      return tensor.reshaped(Shape.of());
    }
    if (dims.isEmpty() || tensor.shape().rank() == 0 || InputCheck.fits(dims, tensor.shape())) {
      return tensor;
    }
    Optional<Shape> sample = shape(rest(dims), tensor.shape(), 1);
    if (sample.isEmpty()) {
      return tensor;
    }
    long[] shape = new long[dims.size()];
    shape[0] = tensor.shape().dim(0);
    System.arraycopy(sample.get().toArray(), 0, shape, 1, shape.length - 1);
    return tensor.reshaped(Shape.of(shape));
  }

  private static List<Dim> rest(List<Dim> dims) {
    return dims.subList(1, dims.size());
  }

  private static boolean isFixed(List<Dim> dims) {
    return dims.stream().allMatch(Dim.Fixed.class::isInstance);
  }

  /**
   * A shape of these dimensions that holds the axes of another, from one on, in their order, but
   * for axes of size 1; open dimensions take an axis rather than 1.
   */
  private static Optional<Shape> shape(List<Dim> dims, Shape shape, int from) {
    List<Long> axes = new ArrayList<>();
    for (int i = from; i < shape.rank(); i++) {
      if (shape.dim(i) != 1) {
        axes.add(shape.dim(i));
      }
    }
    long[] sizes = new long[dims.size()];
    return fill(dims, axes, 0, 0, sizes) ? Optional.of(Shape.of(sizes)) : Optional.empty();
  }

  private static boolean fill(List<Dim> dims, List<Long> axes, int dim, int axis, long[] sizes) {
    if (dim == sizes.length) {
      return axis == axes.size();
    }
    if (axis < axes.size() && takes(dims.get(dim), axes.get(axis))) {
      sizes[dim] = axes.get(axis);
      if (fill(dims, axes, dim + 1, axis + 1, sizes)) {
        return true;
      }
    }
    sizes[dim] = 1;
    return takes(dims.get(dim), 1) && fill(dims, axes, dim + 1, axis, sizes);
  }

  private static boolean takes(Dim dim, long size) {
    return switch (dim) {
      case Dim.Fixed(long fixed) -> fixed == size;
      case Dim.Symbolic open -> true;
    };
  }
}
