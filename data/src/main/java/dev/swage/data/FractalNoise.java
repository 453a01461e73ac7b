package dev.swage.data;

/**
 * Noise whose power falls with the square of the frequency, as in photographs (Field 1987): octaves
 * of equal variance, each a lattice of normal values, half as fine as the one before, between which
 * values run smoothly.
 */
final class FractalNoise {
  /** What is left of a variance between corners: mean of (1−s)² + s², s = 3t² − 2t³, both ways. */
  private static final double SMOOTH_VARIANCE = 26.0 / 35 * 26 / 35;

  private FractalNoise() {}

  /** A field of about mean 0 and variance 1, row by row. */
  static float[] field(SeededRandom random, int height, int width) {
    float[] field = new float[height * width];
    int octaves = 1;
    for (int cell = 2; cell < Math.max(height, width); cell *= 2) {
      octaves++;
    }
    double finest = Math.sqrt(1.0 / octaves);
    for (int i = 0; i < field.length; i++) {
      field[i] = (float) (finest * random.roughlyGaussian());
    }
    double amplitude = Math.sqrt(1 / SMOOTH_VARIANCE / octaves);
    for (int octave = 1; octave < octaves; octave++) {
      add(field, width, new Lattice(random, 1 << octave, height, width), amplitude);
    }
    return field;
  }

  private static void add(float[] field, int width, Lattice lattice, double amplitude) {
    for (int i = 0; i < field.length; i++) {
      field[i] += (float) (amplitude * lattice.at(i % width, i / width));
    }
  }

  /** Normal values at the corners of square cells, anywhere in relation to the image. */
  private static final class Lattice {
    private final int cell;
    private final int left;
    private final int top;
    private final int columns;
    private final double[] corners;

    Lattice(SeededRandom random, int cell, int height, int width) {
      this.cell = cell;
      left = random.below(cell);
      top = random.below(cell);
      columns = (left + width) / cell + 2;
      corners = new double[columns * ((top + height) / cell + 2)];
      for (int i = 0; i < corners.length; i++) {
        corners[i] = random.roughlyGaussian();
      }
    }

    double at(int x, int y) {
      int column = (left + x) / cell;
      int row = (top + y) / cell;
      double across = smooth((double) ((left + x) % cell) / cell);
      double down = smooth((double) ((top + y) % cell) / cell);
      int corner = row * columns + column;
      double above = mix(corners[corner], corners[corner + 1], across);
      double below = mix(corners[corner + columns], corners[corner + columns + 1], across);
      return mix(above, below, down);
    }

    private static double smooth(double t) {
      return t * t * (3 - 2 * t);
    }

    private static double mix(double a, double b, double t) {
      return a + t * (b - a);
    }
  }
}
