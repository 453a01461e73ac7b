package dev.swage.run.measure;

/** Sums over pairs of a reference x and a difference e = x − y. */
final class Sums {
  /** Values that vary by less than this share of their size count as constant. */
  private static final double CONSTANT = 1e-3;

  private double count;
  private double x;
  private double xx;
  private double e;
  private double ee;

  void add(double reference, double difference) {
    count++;
    x += reference;
    xx += reference * reference;
    e += difference;
    ee += difference * difference;
  }

  void add(Sums other) {
    count += other.count;
    x += other.x;
    xx += other.xx;
    e += other.e;
    ee += other.ee;
  }

  void clear() {
    count = 0;
    x = 0;
    xx = 0;
    e = 0;
    ee = 0;
  }

  double count() {
    return count;
  }

  /** Σx². */
  double signal() {
    return xx;
  }

  /** Σe². */
  double noise() {
    return ee;
  }

  /** √(Σx² / n). */
  double magnitude() {
    return count == 0 ? 0 : Math.sqrt(xx / count);
  }

  /** Σ(x − mean x)². */
  double variation() {
    return count == 0 ? 0 : Math.max(0, xx - x * x / count);
  }

  /** Σ(e − mean e)²: a shift of all values is no loss of variation. */
  double variationNoise() {
    return count == 0 ? 0 : Math.max(0, ee - e * e / count);
  }

  /** Whether the reference varies by a thousandth of its size at least. */
  boolean varies() {
    return Math.sqrt(variation()) > CONSTANT * Math.sqrt(xx);
  }

  /** {@code 10 log10(signal / noise)}; +∞ without noise. */
  static double decibels(double signal, double noise) {
    return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
  }
}
