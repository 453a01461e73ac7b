package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;

import java.lang.foreign.MemorySegment;

/** The specification of {@link RangePenalties} on one chunk; arguments are trusted. */
final class ScalarPenalties {
  private ScalarPenalties() {}

  static void add(
      RangePenalties.Cubic polynomial, MemorySegment w, MemorySegment g, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = (long) i << 2;
      double d = w.get(LE_FLOAT, at) - polynomial.mean();
      double slope = (polynomial.cubic() * (d * d) + polynomial.linear()) * d;
      g.set(LE_FLOAT, at, (float) (g.get(LE_FLOAT, at) + (slope + polynomial.constant())));
    }
  }

  static RangePenalties.Tail tail(MemorySegment w, int count, float bound) {
    double[] lanes = new double[ScalarMoments.LANES];
    long beyond = addExcess(w, 0, count, bound, lanes);
    return new RangePenalties.Tail(beyond, ScalarMoments.fold(lanes));
  }

  /** Gives how many elements lie beyond. */
  static long addExcess(MemorySegment w, int from, int to, float bound, double[] lanes) {
    long beyond = 0;
    for (int i = from; i < to; i++) {
      float magnitude = Math.abs(w.get(LE_FLOAT, (long) i << 2));
      if (magnitude > bound) {
        beyond++;
        lanes[i & (ScalarMoments.LANES - 1)] += (double) magnitude - bound;
      }
    }
    return beyond;
  }

  static void addTail(
      MemorySegment w, MemorySegment g, float bound, double slope, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = (long) i << 2;
      float weight = w.get(LE_FLOAT, at);
      if (Math.abs(weight) > bound) {
        double signed = weight < 0 ? -slope : slope;
        g.set(LE_FLOAT, at, (float) (g.get(LE_FLOAT, at) + signed));
      }
    }
  }
}
