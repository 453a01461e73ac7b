package dev.swage.onnx.layer;

import dev.swage.tensor.Shape;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;

/** Draws of whole matrices; each supplier hands out the elements of one weight in order. */
final class MatrixDraws {
  /** Steps of the power iteration: the first ones only find the direction. */
  private static final int SETTLING = 500;

  private static final int MEASURED = 2000;

  private MatrixDraws() {}

  /** Orthogonal blocks {@code [rows, last axis]} that fill the weight. */
  static DoubleSupplier orthogonal(Shape shape, int wantedRows, RandomGenerator random) {
    int columns = Math.toIntExact(shape.dim(-1));
    int all = Math.toIntExact(shape.elements() / columns);
    int rows = Math.min(wantedRows, all);
    return blocks(() -> orthogonal(rows, columns, random));
  }

  /** Sparse square blocks that fill the weight. */
  static DoubleSupplier sparse(Shape shape, Draw.Sparse draw, RandomGenerator random) {
    int size = Math.toIntExact(shape.dim(-1));
    if (shape.elements() % ((long) size * size) != 0) {
      throw new IllegalArgumentException(
          "a spectral radius needs square matrices, got a weight of " + shape);
    }
    return blocks(() -> sparse(size, draw, random));
  }

  /** A value in part of each period, zeros elsewhere. */
  static DoubleSupplier span(Draw.Span span) {
    int[] at = {-1};
    return () -> {
      at[0] = (at[0] + 1) % span.period();
      return at[0] >= span.from() && at[0] < span.to() ? span.value() : 0;
    };
  }

  private interface Block {
    double[][] draw();
  }

  private static DoubleSupplier blocks(Block block) {
    return new DoubleSupplier() {
      private double[][] current = new double[0][0];
      private int row;
      private int column;

      @Override
      public double getAsDouble() {
        if (row == current.length) {
          current = block.draw();
          row = 0;
        }
        double value = current[row][column++];
        if (column == current[row].length) {
          column = 0;
          row++;
        }
        return value;
      }
    };
  }

  /** Gram and Schmidt, twice for full precision, on normal vectors along the shorter side. */
  private static double[][] orthogonal(int rows, int columns, RandomGenerator random) {
    if (rows > columns) {
      return transposed(orthogonal(columns, rows, random));
    }
    double[][] matrix = new double[rows][columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        matrix[i][j] = random.nextGaussian();
      }
      for (int pass = 0; pass < 2; pass++) {
        for (int k = 0; k < i; k++) {
          subtract(matrix[i], matrix[k], dot(matrix[i], matrix[k]));
        }
      }
      scale(matrix[i], 1 / Math.sqrt(dot(matrix[i], matrix[i])));
    }
    return matrix;
  }

  private static double[][] sparse(int size, Draw.Sparse draw, RandomGenerator random) {
    double[][] matrix = new double[size][size];
    int[] places = new int[size];
    for (double[] row : matrix) {
      for (int i = 0; i < size; i++) {
        places[i] = i;
      }
      for (int i = 0; i < Math.min(draw.nonZeros(), size); i++) {
        int other = i + random.nextInt(size - i);
        int place = places[other];
        places[other] = places[i];
        places[i] = place;
        row[place] = random.nextGaussian();
      }
    }
    double radius = spectralRadius(matrix, random);
    for (double[] row : matrix) {
      scale(row, draw.spectralRadius() / radius);
    }
    return matrix;
  }

  /**
   * The mean growth per step of {@code Aᵏv} once its direction has settled: unlike a quotient of
   * two steps it also holds for a pair of complex eigenvalues.
   */
  static double spectralRadius(double[][] matrix, RandomGenerator random) {
    int size = matrix.length;
    double[] v = new double[size];
    for (int i = 0; i < size; i++) {
      v[i] = random.nextGaussian();
    }
    double logGrowth = 0;
    for (int step = -SETTLING; step < MEASURED; step++) {
      double[] next = new double[size];
      for (int i = 0; i < size; i++) {
        next[i] = dot(matrix[i], v);
      }
      double norm = Math.sqrt(dot(next, next));
      if (norm == 0) {
        throw new IllegalArgumentException(
            "the sparse matrix drawn is nilpotent; draw more values");
      }
      scale(next, 1 / norm);
      v = next;
      logGrowth += step >= 0 ? Math.log(norm) : 0;
    }
    return Math.exp(logGrowth / MEASURED);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void subtract(double[] from, double[] what, double times) {
    for (int i = 0; i < from.length; i++) {
      from[i] -= times * what[i];
    }
  }

  private static void scale(double[] values, double factor) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
  }

  private static double[][] transposed(double[][] matrix) {
    double[][] out = new double[matrix[0].length][matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < matrix[i].length; j++) {
        out[j][i] = matrix[i][j];
      }
    }
    return out;
  }
}
