package dev.swage.compress.dynamic;

/** Dynamic quantization as the standard defines it, slow and obvious. */
final class Reference {
  private Reference() {}

  /** An activation as DynamicQuantizeLinear makes it. */
  @SuppressWarnings("ArrayRecordComponent") // Read at once.
  record Codes(int[] codes, float scale, int zeroPoint) {
    static Codes of(float[] x) {
      float min = 0;
      float max = 0;
      for (float value : x) {
        min = Math.min(min, value);
        max = Math.max(max, value);
      }
      float scale = max == min ? 1 : (max - min) / 255;
      int zeroPoint = (int) Math.rint(Math.clamp(0 - min / scale, 0f, 255f));
      int[] codes = new int[x.length];
      for (int i = 0; i < x.length; i++) {
        codes[i] = (int) Math.clamp(Math.rint(x[i] / scale) + zeroPoint, 0, 255);
      }
      return new Codes(codes, scale, zeroPoint);
    }

    int value(int index) {
      return codes[index] - zeroPoint;
    }
  }

  /** Symmetric codes of elements {@code from, from + step, …}: the largest becomes ±127. */
  static float scale(float[] w, int from, int step, int count) {
    double max = 0;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, Math.abs((double) w[from + i * step]));
    }
    return max == 0 ? 1 : (float) (2 * max / 254);
  }

  static int code(float w, float scale) {
    return (int) Math.clamp(Math.rint(w / scale), -127, 127);
  }

  /** {@code x [M, K] · w [K, N] + bias [N]}. */
  static double[] product(float[] x, float[] w, float[] bias, int k, boolean perChannel) {
    int n = w.length / k;
    int m = x.length / k;
    Codes a = Codes.of(x);
    double[] y = new double[m * n];
    for (int column = 0; column < n; column++) {
      float scale = perChannel ? scale(w, column, n, k) : scale(w, 0, 1, w.length);
      for (int row = 0; row < m; row++) {
        long sum = 0;
        for (int i = 0; i < k; i++) {
          sum += (long) a.value(row * k + i) * code(w[i * n + column], scale);
        }
        y[row * n + column] = (double) sum * a.scale() * scale + bias[column];
      }
    }
    return y;
  }

  /** {@code x [C, L]} with {@code w [O, C, 3]}, one padded on each side. */
  static double[] convolution(float[] x, float[] w, float[] bias, int c, boolean perChannel) {
    int l = x.length / c;
    int o = bias.length;
    int size = c * 3;
    Codes a = Codes.of(x);
    double[] y = new double[o * l];
    for (int out = 0; out < o; out++) {
      float scale = perChannel ? scale(w, out * size, 1, size) : scale(w, 0, 1, w.length);
      for (int at = 0; at < l; at++) {
        long sum = 0;
        for (int tap = 0; tap < size; tap++) {
          int position = at + tap % 3 - 1;
          if (position >= 0 && position < l) {
            sum += (long) a.value(tap / 3 * l + position) * code(w[out * size + tap], scale);
          }
        }
        y[out * l + at] = (double) sum * a.scale() * scale + bias[out];
      }
    }
    return y;
  }
}
