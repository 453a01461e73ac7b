package dev.swage.kernel;

import static dev.swage.tensor.Tensor.LE_FLOAT;

import java.lang.foreign.MemorySegment;

/** The specification of the updates: elements {@code from … to − 1}; arguments are trusted. */
final class ScalarUpdates {
  private ScalarUpdates() {}

  static void edit(GradientEdit.Elementwise edit, MemorySegment x, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = (long) i << 2;
      x.set(LE_FLOAT, at, edit.apply(x.get(LE_FLOAT, at)));
    }
  }

  /** {@code b ← a − b}. */
  static void difference(MemorySegment a, MemorySegment b, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = (long) i << 2;
      b.set(LE_FLOAT, at, a.get(LE_FLOAT, at) - b.get(LE_FLOAT, at));
    }
  }

  /** NaN compares as within. */
  private static float within(float limit, float parameter) {
    return parameter > limit ? limit : parameter < -limit ? -limit : parameter;
  }

  static void sgd(
      UpdateRule.PlainSgd rule,
      float limit,
      GradientEdit.Elementwise edit,
      MemorySegment p,
      MemorySegment g,
      int from,
      int to) {
    for (int i = from; i < to; i++) {
      long at = (long) i << 2;
      float parameter = p.get(LE_FLOAT, at);
      float direction = edit.apply(g.get(LE_FLOAT, at)) + rule.weightDecay() * parameter;
      p.set(LE_FLOAT, at, within(limit, parameter - rule.rate() * direction));
    }
  }

  static void momentum(
      UpdateRule.MomentumSgd rule,
      float limit,
      GradientEdit.Elementwise edit,
      MemorySegment p,
      MemorySegment g,
      MemorySegment b,
      int from,
      int to) {
    for (int i = from; i < to; i++) {
      long at = (long) i << 2;
      float parameter = p.get(LE_FLOAT, at);
      float direction = edit.apply(g.get(LE_FLOAT, at)) + rule.weightDecay() * parameter;
      float buffer = rule.momentum() * b.get(LE_FLOAT, at) + direction;
      float update = rule.nesterov() ? direction + rule.momentum() * buffer : buffer;
      b.set(LE_FLOAT, at, buffer);
      p.set(LE_FLOAT, at, within(limit, parameter - rule.rate() * update));
    }
  }

  /**
   * With spikes limited: no limit where the factor is infinite, or an element has no second moment
   * yet.
   */
  static void adam(
      UpdateRule.Adam rule,
      float limit,
      float spikes,
      GradientEdit.Elementwise edit,
      MemorySegment p,
      MemorySegment g,
      MemorySegment m,
      MemorySegment v,
      int from,
      int to) {
    for (int i = from; i < to; i++) {
      long at = (long) i << 2;
      float parameter = p.get(LE_FLOAT, at);
      float oldSquare = v.get(LE_FLOAT, at);
      float gradient = limited(edit.apply(g.get(LE_FLOAT, at)), spikes * oldSquare);
      float direction = gradient + rule.penalty() * parameter;
      float mean = m.get(LE_FLOAT, at);
      mean += rule.gain1() * (direction - mean);
      float square = rule.beta2() * oldSquare + rule.gain2() * direction * direction;
      float scale = (float) Math.sqrt(square) * rule.correction() + rule.epsilon();
      m.set(LE_FLOAT, at, mean);
      v.set(LE_FLOAT, at, square);
      p.set(LE_FLOAT, at, within(limit, rule.keep() * parameter - rule.rate() * (mean / scale)));
    }
  }

  /** A product of infinity and zero is NaN, which compares as no limit. */
  private static float limited(float gradient, float squareLimit) {
    return squareLimit > 0 && gradient * gradient > squareLimit
        ? Math.copySign((float) Math.sqrt(squareLimit), gradient)
        : gradient;
  }
}
