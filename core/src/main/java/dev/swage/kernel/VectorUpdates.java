package dev.swage.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The updates of elements {@code from … to − 1} with vectors: the bits of {@link ScalarUpdates},
 * which also does what is left after the last full vector. What a rule or an edit does not do is a
 * neutral number or an empty mask; only spikes, which are rare, are behind a branch.
 */
final class VectorUpdates {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

  private VectorUpdates() {}

  static void edit(GradientEdit.Elementwise edit, MemorySegment x, int from, int to) {
    Editor editor = new Editor(edit);
    int bound = from + FLOATS.loopBound(to - from);
    for (int i = from; i < bound; i += FLOATS.length()) {
      long at = (long) i << 2;
      editor.apply(load(x, at)).intoMemorySegment(x, at, LE);
    }
    ScalarUpdates.edit(edit, x, bound, to);
  }

  /** {@code b ← a − b}. */
  static void difference(MemorySegment a, MemorySegment b, int count) {
    int bound = FLOATS.loopBound(count);
    for (int i = 0; i < bound; i += FLOATS.length()) {
      long at = (long) i << 2;
      load(a, at).sub(load(b, at)).intoMemorySegment(b, at, LE);
    }
    ScalarUpdates.difference(a, b, bound, count);
  }

  static void sgd(
      UpdateRule.PlainSgd rule,
      float limit,
      GradientEdit.Elementwise edit,
      MemorySegment p,
      MemorySegment g,
      int from,
      int to) {
    Editor editor = new Editor(edit);
    float rate = rule.rate();
    float weightDecay = rule.weightDecay();
    int bound = from + FLOATS.loopBound(to - from);
    for (int i = from; i < bound; i += FLOATS.length()) {
      long at = (long) i << 2;
      FloatVector parameter = load(p, at);
      FloatVector direction = editor.apply(load(g, at)).add(parameter.mul(weightDecay));
      within(limit, parameter.sub(direction.mul(rate))).intoMemorySegment(p, at, LE);
    }
    ScalarUpdates.sgd(rule, limit, edit, p, g, bound, to);
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
    Editor editor = new Editor(edit);
    float rate = rule.rate();
    float momentum = rule.momentum();
    float weightDecay = rule.weightDecay();
    VectorMask<Float> nesterov = FLOATS.maskAll(rule.nesterov());
    int bound = from + FLOATS.loopBound(to - from);
    for (int i = from; i < bound; i += FLOATS.length()) {
      long at = (long) i << 2;
      FloatVector parameter = load(p, at);
      FloatVector direction = editor.apply(load(g, at)).add(parameter.mul(weightDecay));
      FloatVector buffer = load(b, at).mul(momentum).add(direction);
      FloatVector update = buffer.blend(direction.add(buffer.mul(momentum)), nesterov);
      buffer.intoMemorySegment(b, at, LE);
      within(limit, parameter.sub(update.mul(rate))).intoMemorySegment(p, at, LE);
    }
    ScalarUpdates.momentum(rule, limit, edit, p, g, b, bound, to);
  }

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
    Editor editor = new Editor(edit);
    boolean limits = spikes < Float.POSITIVE_INFINITY;
    int bound = from + FLOATS.loopBound(to - from);
    for (int i = from; i < bound; i += FLOATS.length()) {
      long at = (long) i << 2;
      FloatVector parameter = load(p, at);
      FloatVector oldSquare = load(v, at);
      FloatVector gradient = editor.apply(load(g, at));
      if (limits) {
        gradient = limited(gradient, oldSquare.mul(spikes));
      }
      FloatVector direction = gradient.add(parameter.mul(rule.penalty()));
      FloatVector oldMean = load(m, at);
      FloatVector mean = oldMean.add(direction.sub(oldMean).mul(rule.gain1()));
      FloatVector square =
          oldSquare.mul(rule.beta2()).add(direction.mul(rule.gain2()).mul(direction));
      FloatVector scale = square.sqrt().mul(rule.correction()).add(rule.epsilon());
      mean.intoMemorySegment(m, at, LE);
      square.intoMemorySegment(v, at, LE);
      within(limit, parameter.mul(rule.keep()).sub(mean.div(scale).mul(rule.rate())))
          .intoMemorySegment(p, at, LE);
    }
    ScalarUpdates.adam(rule, limit, spikes, edit, p, g, m, v, bound, to);
  }

  /** The root is only taken where it is needed: almost never. */
  private static FloatVector limited(FloatVector gradient, FloatVector squareLimit) {
    VectorMask<Float> spikes =
        gradient
            .mul(gradient)
            .compare(VectorOperators.GT, squareLimit)
            .and(squareLimit.compare(VectorOperators.GT, 0));
    if (!spikes.anyTrue()) {
      return gradient;
    }
    FloatVector limit = squareLimit.sqrt();
    VectorMask<Float> negative = gradient.compare(VectorOperators.LT, 0);
    return gradient.blend(limit.blend(limit.neg(), negative), spikes);
  }

  private static FloatVector within(float limit, FloatVector parameter) {
    return parameter
        .blend(limit, parameter.compare(VectorOperators.GT, limit))
        .blend(-limit, parameter.compare(VectorOperators.LT, -limit));
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(FLOATS, x, at, LE);
  }

  /** {@link GradientEdit.Elementwise#apply} on vectors. */
  private static final class Editor {
    private final VectorMask<Float> zeroNonFinite;
    private final float coefficient;
    private final float low;
    private final float high;

    Editor(GradientEdit.Elementwise edit) {
      zeroNonFinite = FLOATS.maskAll(edit.zeroNonFinite());
      coefficient = edit.coefficient();
      low = edit.low();
      high = edit.high();
    }

    FloatVector apply(FloatVector x) {
      VectorMask<Float> zeroed =
          x.abs().compare(VectorOperators.LE, Float.MAX_VALUE).not().and(zeroNonFinite);
      FloatVector scaled = x.blend(0, zeroed).mul(coefficient);
      return scaled
          .blend(high, scaled.compare(VectorOperators.GT, high))
          .blend(low, scaled.compare(VectorOperators.LT, low));
    }
  }
}
