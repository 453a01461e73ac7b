package dev.swage.report.html;

import dev.swage.report.Numbers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * One direction of a chart: where a value lies between its ends, and which round values are marked.
 * A logarithmic axis shows what is not positive at its low end.
 */
record Axis(double low, double high, boolean logarithmic, List<Tick> ticks) {
  /** Values further apart than this factor are drawn on a logarithmic axis. */
  private static final double LOG_RANGE = 8;

  private static final double[] ROUND = {1, 2, 5, 10};

  /** A marked value. */
  record Tick(double value, String label) {}

  /** Exactly these ends, marked at about {@code count} round values. */
  static Axis exact(double low, double high, int count) {
    double step = roundStep((high - low) / count);
    return new Axis(low, high, false, linearTicks(low, high, step));
  }

  /** As {@link #exact}, marked at whole numbers only. */
  static Axis whole(double low, double high, int count) {
    double step = Math.max(1, roundStep((high - low) / count));
    return new Axis(low, high, false, linearTicks(low, high, step));
  }

  /** From 0 to a marked value that is not below {@code high}. */
  static Axis fromZero(double high, int count) {
    double step = roundStep(high / count);
    double ceiling = Math.max(1, Math.ceil(high / step - 1e-9)) * step;
    return new Axis(0, ceiling, false, linearTicks(0, ceiling, step));
  }

  /** The same axis without marks: for a chart above another that shares it. */
  Axis unmarked() {
    return new Axis(low, high, logarithmic, List.of());
  }

  /** Ends rounded outwards to marked values; logarithmic where the values call for it. */
  static Axis fit(DoubleStream values, int count) {
    double[] finite = values.filter(Double::isFinite).toArray();
    double high = DoubleStream.of(finite).max().orElse(1);
    double smallest = DoubleStream.of(finite).filter(v -> v > 0).min().orElse(1);
    if (DoubleStream.of(finite).allMatch(v -> v >= 0) && high / smallest > LOG_RANGE) {
      return logarithmic(Math.max(smallest, high * 1e-9), high, count);
    }
    double low = Math.min(0, DoubleStream.of(finite).min().orElse(0));
    double span = high > low ? high - low : 1;
    double step = roundStep(span / count);
    double floor = Math.floor(low / step) * step;
    double ceiling = Math.ceil((low + span) / step - 1e-9) * step;
    return new Axis(floor, ceiling, false, linearTicks(floor, ceiling, step));
  }

  private static Axis logarithmic(double smallest, double largest, int count) {
    double low = floorRound(smallest);
    double high = ceilRound(largest);
    double decades = Math.log10(high / low);
    List<Tick> ticks = new ArrayList<>();
    int every = (int) Math.max(1, Math.ceil(decades / count));
    for (int e = (int) Math.floor(Math.log10(low)); e <= Math.log10(high) + 1e-9; e++) {
      if (Math.floorMod(e, every) == 0) {
        addLogTicks(e, low, high, decades < 1.7, ticks);
      }
    }
    return new Axis(low, high, true, ticks);
  }

  private static void addLogTicks(
      int exponent, double low, double high, boolean between, List<Tick> ticks) {
    for (double factor : between ? new double[] {1, 2, 5} : new double[] {1}) {
      double value = factor * Math.pow(10, exponent);
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) {
        ticks.add(new Tick(value, plain(value, exponent)));
      }
    }
  }

  private static String plain(double value, int exponent) {
    return exponent < -4 || exponent > 5
        ? Numbers.significant(value, 1)
        : Numbers.fixed(value, Math.max(0, -exponent));
  }

  private static List<Tick> linearTicks(double low, double high, double step) {
    int decimals = Math.max(0, (int) -Math.floor(Math.log10(step) + 1e-9));
    List<Tick> ticks = new ArrayList<>();
    for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
      double value = i * step;
      String label = decimals > 5 ? Numbers.significant(value, 2) : Numbers.fixed(value, decimals);
      ticks.add(new Tick(value, label));
    }
    return ticks;
  }

  /** The smallest of 1, 2, 5 · 10ⁿ that is not below the step. */
  private static double roundStep(double step) {
    return step > 0 && Double.isFinite(step) ? ceilRound(step) : 1;
  }

  private static double ceilRound(double value) {
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    for (double round : ROUND) {
      if (round * power >= value * (1 - 1e-9)) {
        return round * power;
      }
    }
    return 10 * power;
  }

  private static double floorRound(double value) {
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    double best = power;
    for (double round : ROUND) {
      if (round * power <= value * (1 + 1e-9)) {
        best = round * power;
      }
    }
    return best;
  }

  /**
   * Where a value lies: 0 at the low end, 1 at the high end; values outside are moved to the ends.
   */
  double position(double value) {
    double share =
        logarithmic
            ? Math.log(Math.max(value, low) / low) / Math.log(high / low)
            : (value - low) / (high - low);
    return Math.clamp(share, 0, 1);
  }

  /** Whether the value lies between the ends. */
  boolean contains(double value) {
    return value >= low && value <= high;
  }
}
