package dev.swage.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What is done to the elements of one gradient where it is used. A value. */
public sealed interface GradientEdit {
  /** Leaves every bit as it is. */
  GradientEdit NONE = new Elementwise(false, 1, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);

  /** This edit, then another on what it leaves. One edit where arithmetic allows. */
  GradientEdit then(GradientEdit next);

  /** The same after NaN and infinities have been replaced by zero. */
  GradientEdit afterZeroingNonFinite();

  /** Multiplies by a coefficient in [0, 1]. */
  static GradientEdit scale(float coefficient) {
    return new Elementwise(false, coefficient, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);
  }

  /** Limits to [low, high]. */
  static GradientEdit clamp(float low, float high) {
    return new Elementwise(false, 1, low, high);
  }

  /** Zeroes what is not finite. */
  static GradientEdit zeroNonFinite() {
    return NONE.afterZeroingNonFinite();
  }

  /**
   * Limits what exceeds the second moment by far; see {@link LimitSpikes}.
   *
   * @param factor θ
   */
  static GradientEdit limitSpikes(float factor) {
    return new LimitSpikes(NONE, factor);
  }

  /**
   * The same for every element x: first NaN and infinities count as zero if asked for, then {@code
   * x · coefficient}, then the result is limited to [low, high]; NaN stays NaN.
   *
   * @param coefficient in [0, 1]; 1 changes nothing
   * @param low lower limit; −∞ for none
   * @param high upper limit; +∞ for none
   */
  record Elementwise(boolean zeroNonFinite, float coefficient, float low, float high)
      implements GradientEdit {
    public Elementwise {
      requireCoefficient(coefficient);
      if (!(low <= high)) {
        throw new IllegalArgumentException("low must be <= high, got [" + low + ", " + high + "]");
      }
    }

    float apply(float x) {
      float kept = zeroNonFinite && !Float.isFinite(x) ? 0 : x;
      float scaled = kept * coefficient;
      return scaled > high ? high : scaled < low ? low : scaled;
    }

    @Override
    public GradientEdit then(GradientEdit next) {
      if (equals(NONE)) {
        return next;
      }
      return next instanceof Elementwise e && !e.zeroNonFinite && canTake(e)
          ? merge(e)
          : sequence(this, next);
    }

    /** Bounds that do not overlap, or that a coefficient makes vanish, stay two edits. */
    private boolean canTake(Elementwise next) {
      return next.coefficient > 0
          && Math.max(low * next.coefficient, next.low)
              <= Math.min(high * next.coefficient, next.high);
    }

    private Elementwise merge(Elementwise next) {
      float c = next.coefficient;
      return new Elementwise(
          zeroNonFinite,
          coefficient * c,
          Math.max(low * c, next.low),
          Math.min(high * c, next.high));
    }

    @Override
    public Elementwise afterZeroingNonFinite() {
      return new Elementwise(true, coefficient, low, high);
    }
  }

  /**
   * Each unit of the tensor by its own coefficient: element e (row-major) by {@code coefficients[⌊e
   * / inner⌋ mod coefficients.length]}.
   *
   * @param coefficients in [0, 1]; not copied
   * @param inner elements in a row that share one
   */
  @SuppressWarnings("ArrayRecordComponent") // as many as units: boxes would cost more than the work
  record PerUnit(float[] coefficients, long inner) implements GradientEdit {
    public PerUnit {
      if (coefficients.length == 0 || inner < 1) {
        throw new IllegalArgumentException(
            "scaling by unit needs a coefficient and inner >= 1, got %d and %d"
                .formatted(coefficients.length, inner));
      }
      for (float coefficient : coefficients) {
        requireCoefficient(coefficient);
      }
    }

    @Override
    public GradientEdit then(GradientEdit next) {
      return sequence(this, next);
    }

    @Override
    public GradientEdit afterZeroingNonFinite() {
      return sequence(NONE.afterZeroingNonFinite(), this);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof PerUnit units
          && inner == units.inner
          && Arrays.equals(coefficients, units.coefficients);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(coefficients) + Long.hashCode(inner);
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "PerUnit[coefficients=%s, inner=%d]", Arrays.toString(coefficients), inner);
    }
  }

  /** One after the other. */
  record Sequence(List<GradientEdit> stages) implements GradientEdit {
    public Sequence {
      stages = List.copyOf(stages);
    }

    @Override
    public GradientEdit then(GradientEdit next) {
      return sequence(this, next);
    }

    @Override
    public GradientEdit afterZeroingNonFinite() {
      return sequence(NONE.afterZeroingNonFinite(), this);
    }
  }

  /**
   * After {@code before}, an element whose square exceeds {@code factor · v}, v being Adam's second
   * moment of that element before the step, becomes {@code sign(g) · √(factor · v)}. Only {@link
   * UpdateRule.Adam} can apply it, and nothing can follow.
   *
   * @param factor θ, > 0
   */
  record LimitSpikes(GradientEdit before, float factor) implements GradientEdit {
    public LimitSpikes {
      if (!(factor > 0)) {
        throw new IllegalArgumentException("spike factor must be > 0, got " + factor);
      }
    }

    @Override
    public GradientEdit then(GradientEdit next) {
      if (next.equals(NONE)) {
        return this;
      }
      throw new IllegalArgumentException(
          "limiting spikes happens inside the optimizer's pass: nothing can follow it");
    }

    @Override
    public GradientEdit afterZeroingNonFinite() {
      return new LimitSpikes(before.afterZeroingNonFinite(), factor);
    }
  }

  private static GradientEdit sequence(GradientEdit first, GradientEdit second) {
    if (second.equals(NONE)) {
      return first;
    }
    if (second instanceof LimitSpikes spikes) {
      return new LimitSpikes(first.then(spikes.before()), spikes.factor());
    }
    List<GradientEdit> stages = new ArrayList<>();
    for (GradientEdit edit : List.of(first, second)) {
      if (edit instanceof Sequence sequence) {
        stages.addAll(sequence.stages());
      } else {
        stages.add(edit);
      }
    }
    return new Sequence(stages);
  }

  private static void requireCoefficient(float coefficient) {
    if (!(coefficient >= 0 && coefficient <= 1)) {
      throw new IllegalArgumentException("coefficient must be in [0, 1], got " + coefficient);
    }
  }
}
