package dev.swage.train.torch.op.resize;

import dev.swage.train.torch.program.NodeContext;
import java.util.function.DoubleUnaryOperator;

/**
 * How much each element of an axis counts for a place between them.
 *
 * @param kernel weight by distance, 0 from {@code radius} on
 * @param a the coefficient of the cubic kernel
 * @param antialias whether the kernel widens where the axis shrinks
 * @param excludesOutside whether what is outside the axis counts nothing, rather than as its ends
 */
record Interpolation(
    DoubleUnaryOperator kernel, int radius, double a, boolean antialias, boolean excludesOutside) {
  static Interpolation of(NodeContext node, boolean cubic) {
    boolean antialias = node.intAttribute("antialias", 0) != 0;
    boolean excludes = node.intAttribute("exclude_outside", 0) != 0;
    double a = node.floatAttribute("cubic_coeff_a", -0.75f);
    return cubic
        ? new Interpolation(x -> cubic(x, a), 2, a, antialias, excludes)
        : new Interpolation(x -> Math.max(0, 1 - x), 1, a, antialias, excludes);
  }

  /** Keys' cubic convolution. */
  private static double cubic(double x, double a) {
    if (x >= 2) {
      return 0;
    }
    return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  }

  /** One row for each element of the resized axis: its weights on the original ones. */
  double[] matrix(AxisResize axis, Coordinates coordinates) {
    int size = Math.toIntExact(axis.size());
    double[] matrix = new double[Math.toIntExact(axis.resized() * size)];
    double shrink = antialias ? Math.min(1, axis.scale()) : 1;
    for (int row = 0; row < axis.resized(); row++) {
      addRow(matrix, row * size, size, coordinates.original(row, axis), shrink);
    }
    return matrix;
  }

  private void addRow(double[] matrix, int begin, int size, double x, double shrink) {
    long first = (long) Math.floor(x - radius / shrink);
    long last = (long) Math.ceil(x + radius / shrink);
    double sum = 0;
    for (long at = first; at <= last; at++) {
      if (!excludesOutside || (at >= 0 && at < size)) {
        double weight = kernel.applyAsDouble(Math.abs(at - x) * shrink);
        matrix[begin + Math.clamp(at, 0, size - 1)] += weight;
        sum += weight;
      }
    }
    for (int i = 0; i < size; i++) {
      matrix[begin + i] /= sum;
    }
  }
}
