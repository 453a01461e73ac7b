package dev.swage.clip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** Every method once more, from its formula, in double and without any cleverness. */
final class SlowClippers {
  private SlowClippers() {}

  /** What is left of one step's gradients; may remember. */
  interface Slow {
    double[][] clip(double[][] gradients, double[][] weights);
  }

  static double norm(double[]... tensors) {
    double largest = 0;
    for (double[] tensor : tensors) {
      for (double x : tensor) {
        largest = Math.max(largest, Math.abs(x));
      }
    }
    if (largest == 0) {
      return 0;
    }
    double sum = 0;
    for (double[] tensor : tensors) {
      for (double x : tensor) {
        sum += (x / largest) * (x / largest);
      }
    }
    return largest * Math.sqrt(sum);
  }

  private static double[] times(double[] tensor, double factor) {
    return Arrays.stream(tensor).map(x -> x * factor).toArray();
  }

  private static double[][] all(double[][] tensors, double factor) {
    return Arrays.stream(tensors).map(t -> times(t, factor)).toArray(double[][]::new);
  }

  private static double[] limited(double[] tensor, double bound) {
    double norm = norm(tensor);
    return norm > bound ? times(tensor, bound / norm) : tensor;
  }

  private static double[][] globally(double[][] tensors, double bound) {
    double norm = norm(tensors);
    return norm > bound ? all(tensors, bound / norm) : tensors;
  }

  /** The global norm under a bound that follows from the norm. */
  private static Slow adaptive(DoubleUnaryOperator bound) {
    return (g, w) -> globally(g, bound.applyAsDouble(norm(g)));
  }

  static Slow value(double bound) {
    return (g, w) ->
        Arrays.stream(g)
            .map(t -> Arrays.stream(t).map(x -> Math.max(-bound, Math.min(bound, x))).toArray())
            .toArray(double[][]::new);
  }

  static Slow global(double bound) {
    return adaptive(norm -> bound);
  }

  static Slow blockRms(double bound) {
    return (g, w) ->
        Arrays.stream(g).map(t -> limited(t, bound * Math.sqrt(t.length))).toArray(double[][]::new);
  }

  static Slow smooth(double c) {
    return (g, w) -> all(g, norm(g) == 0 ? 1 : c / (c + norm(g)));
  }

  /** Tensor i has {@code units[i]} units in rows of {@code inner[i]}. */
  static Slow agc(double lambda, double epsilon, int[] units, int[] inner, boolean[] clipped) {
    return (g, w) -> {
      double[][] result = new double[g.length][];
      for (int t = 0; t < g.length; t++) {
        result[t] = g[t].clone();
        for (int u = 0; clipped[t] && u < units[t]; u++) {
          double gradient = 0;
          double weight = 0;
          double largest = 0;
          for (int e = 0; e < g[t].length; e++) {
            largest = e / inner[t] % units[t] == u ? Math.max(largest, Math.abs(g[t][e])) : largest;
          }
          for (int e = 0; e < g[t].length; e++) {
            if (e / inner[t] % units[t] == u && largest > 0) {
              gradient += g[t][e] / largest * (g[t][e] / largest);
              weight += w[t][e] * w[t][e];
            }
          }
          double norm = largest * Math.sqrt(gradient);
          double bound = lambda * Math.max(Math.sqrt(weight), epsilon);
          for (int e = 0; e < g[t].length; e++) {
            if (e / inner[t] % units[t] == u && norm > bound) {
              result[t][e] *= bound / norm;
            }
          }
        }
      }
      return result;
    };
  }

  private static double percentile(List<Double> values, double q) {
    double[] sorted = values.stream().mapToDouble(v -> v).sorted().toArray();
    double at = q * (sorted.length - 1);
    int below = (int) Math.floor(at);
    int above = (int) Math.ceil(at);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }

  private static double orNone(double bound) {
    return bound > 0 ? bound : Double.POSITIVE_INFINITY;
  }

  static Slow autoClip(double percent, int window) {
    List<Double> norms = new ArrayList<>();
    return adaptive(norm -> {
      norms.add(norm);
      int from = Math.max(0, norms.size() - window);
      return orNone(percentile(norms.subList(from, norms.size()), percent / 100));
    });
  }

  static Slow median(double factor, int period) {
    List<Double> norms = new ArrayList<>();
    double[] threshold = {Double.POSITIVE_INFINITY};
    return adaptive(norm -> {
      norms.add(norm);
      int n = norms.size();
      if (n % period == 0) {
        threshold[0] = orNone(factor * percentile(norms.subList(n - period, n), 0.5));
      } else if (n < period && List.of(10, 20, 40).contains(n)) {
        threshold[0] = orNone(2 * factor * percentile(norms, 0.5));
      }
      return threshold[0];
    });
  }

  static Slow zClip(double decay, double z0, int warmUp, double cap, double floor) {
    List<Double> norms = new ArrayList<>();
    double[] mean = {0};
    double[] variance = {0};
    return adaptive(norm -> {
      if (norms.size() < warmUp) {
        norms.add(norm);
        if (norms.size() == warmUp) {
          double median = percentile(norms, 0.5);
          List<Double> kept = norms.stream().filter(n -> n <= 5 * median).toList();
          mean[0] = kept.stream().mapToDouble(n -> n).average().orElseThrow();
          variance[0] =
              kept.stream().mapToDouble(n -> (n - mean[0]) * (n - mean[0])).average().orElseThrow();
        }
        return cap;
      }
      double deviation = Math.max(Math.sqrt(variance[0]), mean[0] / 100);
      double z = (norm - mean[0]) / deviation;
      double bound = Double.POSITIVE_INFINITY;
      if (z > z0) {
        bound = mean[0] + z0 * deviation / (z / z0);
      }
      bound = orNone(Math.min(cap, Math.max(floor, bound)));
      double learnt = Math.min(norm, bound);
      mean[0] = decay * mean[0] + (1 - decay) * learnt;
      variance[0] = decay * variance[0] + (1 - decay) * Math.pow(learnt - mean[0], 2);
      return bound;
    });
  }

  static Slow quantile(double gamma, double eta, double initial, double least, double greatest) {
    double[] c = {initial};
    return adaptive(norm -> {
      double bound = c[0];
      double moved = bound * Math.exp(-eta * ((norm <= bound ? 1 : 0) - gamma));
      c[0] = Math.min(greatest, Math.max(least, moved));
      return bound;
    });
  }

  /** SPAM's rule for one element with second moment v. */
  static double spike(double gradient, double v, double theta) {
    double limit = Math.sqrt(theta * v);
    return v > 0 && Math.abs(gradient) > limit ? Math.signum(gradient) * limit : gradient;
  }

  static Slow adaGc(double relative, double absolute, double decay, int warmUp) {
    double[] step = {0};
    List<Double> gamma = new ArrayList<>();
    return (g, w) -> {
      while (gamma.size() < g.length) {
        gamma.add(Double.POSITIVE_INFINITY);
      }
      step[0]++;
      double[][] clipped;
      if (step[0] <= warmUp) {
        clipped = globally(g, absolute);
        for (int t = 0; t < g.length; t++) {
          double norm = norm(clipped[t]);
          gamma.set(t, norm > 0 ? Math.min(gamma.get(t), norm) : gamma.get(t));
        }
        return clipped;
      }
      clipped = new double[g.length][];
      for (int t = 0; t < g.length; t++) {
        clipped[t] = limited(g[t], relative * gamma.get(t));
        double norm = norm(clipped[t]);
        if (norm > 0) {
          gamma.set(
              t, gamma.get(t).isInfinite() ? norm : decay * gamma.get(t) + (1 - decay) * norm);
        }
      }
      return clipped;
    };
  }
}
