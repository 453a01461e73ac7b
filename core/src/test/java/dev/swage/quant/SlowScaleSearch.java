package dev.swage.quant;

import dev.swage.quant.RangeEstimator.MeanSquaredError;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The search for the scale of least squared error, written down element by element in double. */
final class SlowScaleSearch {
  private SlowScaleSearch() {}

  /** Scales of least squared error for a tensor. */
  static double[] scales(Tensor tensor, QuantScheme scheme, MeanSquaredError grid) {
    SlowQuantizer minMax = SlowQuantizer.fit(tensor, scheme);
    float[] x = tensor.toFloats();
    double[] scales = new double[minMax.scales().length];
    for (int slot = 0; slot < scales.length; slot++) {
      List<Double> own = new ArrayList<>();
      for (int i = 0; i < x.length; i++) {
        if (SlowQuantizer.slot(tensor.shape(), scheme.granularity(), i) == slot) {
          own.add((double) x[i]);
        }
      }
      int zero = minMax.zeroPoints()[slot];
      scales[slot] = search(own, minMax.scales()[slot], scheme, zero, grid);
    }
    return scales;
  }

  private static double search(
      List<Double> x, double minMax, QuantScheme scheme, int zero, MeanSquaredError grid) {
    int low = scheme.qmin() - zero;
    int high = scheme.qmax() - zero;
    double reach = 0;
    for (double value : x) {
      reach = Math.max(reach, value / (value < 0 ? low : high));
    }
    List<Double> tried = new ArrayList<>(List.of(minMax));
    for (int candidate = 0; candidate < grid.candidates(); candidate++) {
      tried.add(grid.factor(candidate) * (scheme.symmetric() && reach > 0 ? reach : minMax));
    }
    double least = Double.POSITIVE_INFINITY;
    double best = minMax;
    for (double scale : tried) {
      double fitted = fitted(x, scale, low, high);
      double error = error(x, scale, fitted, low, high);
      if (fitted > 0 && error < least) {
        least = error;
        best = fitted;
      }
    }
    double last = fitted(x, best, low, high);
    return last > 0 ? last : best;
  }

  private static double code(double value, double scale, int low, int high) {
    return Math.clamp(Math.rint(value / scale), low, high);
  }

  private static double fitted(List<Double> x, double scale, int low, int high) {
    double products = 0;
    double squares = 0;
    for (double value : x) {
      double code = code(value, scale, low, high);
      products += code * value;
      squares += code * code;
    }
    return squares == 0 ? 0 : products / squares;
  }

  /** Of the codes at {@code scale} when they stand for multiples of {@code fitted}. */
  private static double error(List<Double> x, double scale, double fitted, int low, int high) {
    double sum = 0;
    for (double value : x) {
      double error = value - fitted * code(value, scale, low, high);
      sum += error * error;
    }
    return sum;
  }
}
