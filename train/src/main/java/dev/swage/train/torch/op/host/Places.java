package dev.swage.train.torch.op.host;

import dev.swage.tensor.Shape;
import java.util.Optional;

/** Places of elements in row-major order. */
final class Places {
  private Places() {}

  /** Coordinates of an element. */
  static int[] coordinates(int flat, Shape shape) {
    int[] at = new int[shape.rank()];
    int rest = flat;
    for (int axis = at.length - 1; axis >= 0; axis--) {
      int size = Math.toIntExact(shape.dim(axis));
      at[axis] = rest % size;
      rest /= size;
    }
    return at;
  }

  /** The element at these coordinates. */
  static int flat(int[] at, Shape shape) {
    int flat = 0;
    for (int axis = 0; axis < at.length; axis++) {
      flat = flat * Math.toIntExact(shape.dim(axis)) + at[axis];
    }
    return flat;
  }

  /** The element that stands at a place of a shape that this one is broadcast to. */
  static int broadcast(int flat, Shape out, Shape from) {
    int[] at = coordinates(flat, out);
    int[] own = new int[from.rank()];
    for (int axis = 0; axis < own.length; axis++) {
      own[axis] = from.dim(axis) == 1 ? 0 : at[axis + at.length - own.length];
    }
    return flat(own, from);
  }

  /** The shape both have when they are broadcast; empty where they do not go together. */
  static Optional<Shape> joint(Shape x, Shape y) {
    long[] dims = new long[Math.max(x.rank(), y.rank())];
    for (int i = 1; i <= dims.length; i++) {
      long first = i <= x.rank() ? x.dim(x.rank() - i) : 1;
      long second = i <= y.rank() ? y.dim(y.rank() - i) : 1;
      if (first != second && first != 1 && second != 1) {
        return Optional.empty();
      }
      dims[dims.length - i] = first == 1 ? second : first;
    }
    return Optional.of(Shape.of(dims));
  }

  static int axis(long axis, int rank) {
    return Math.toIntExact(axis < 0 ? axis + rank : axis);
  }
}
