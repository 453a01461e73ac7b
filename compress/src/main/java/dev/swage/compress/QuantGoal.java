package dev.swage.compress;

import dev.swage.compress.plan.Objective;
import dev.swage.compress.proof.Damage;
import dev.swage.compress.search.Bounds;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a quantized file is for, and what it must keep to.
 *
 * @param objective what it must be better in than the source
 * @param minSqnrDb bound below the signal-to-noise ratio of every output, in decibels
 * @param maxAccuracyDrop bound above the accuracy lost on labelled data, a fraction in [0, 1]
 * @param allowDamage whether a file is written whatever its outputs are: {@link Damage}
 */
public record QuantGoal(
    Objective objective,
    OptionalDouble minSqnrDb,
    OptionalDouble maxAccuracyDrop,
    boolean allowDamage) {
  public QuantGoal {
    if (minSqnrDb.isPresent() && !Double.isFinite(minSqnrDb.getAsDouble())) {
      throw new IllegalArgumentException(
          "a bound of the SQNR must be finite, got " + minSqnrDb.getAsDouble());
    }
    if (maxAccuracyDrop.isPresent()
        && !(maxAccuracyDrop.getAsDouble() >= 0 && maxAccuracyDrop.getAsDouble() <= 1)) {
      throw new IllegalArgumentException(
          "a bound of the accuracy drop must be in [0, 1], got " + maxAccuracyDrop.getAsDouble());
    }
  }

  /** Without bounds. */
  public static QuantGoal of(Objective objective) {
    return new QuantGoal(objective, OptionalDouble.empty(), OptionalDouble.empty(), false);
  }

  public QuantGoal withObjective(Objective other) {
    return new QuantGoal(other, minSqnrDb, maxAccuracyDrop, allowDamage);
  }

  public QuantGoal withMinSqnr(double decibels) {
    return new QuantGoal(objective, OptionalDouble.of(decibels), maxAccuracyDrop, allowDamage);
  }

  public QuantGoal withMaxAccuracyDrop(double fraction) {
    return new QuantGoal(objective, minSqnrDb, OptionalDouble.of(fraction), allowDamage);
  }

  /** The same, with a file written whatever its outputs are. */
  public QuantGoal allowingDamage() {
    return new QuantGoal(objective, minSqnrDb, maxAccuracyDrop, true);
  }

  /** Whether nodes may have to be kept in floats for accuracy. */
  public boolean hasBounds() {
    return minSqnrDb.isPresent() || maxAccuracyDrop.isPresent();
  }

  /** Whether nodes are moved from one way to another by what they cost the outputs. */
  boolean searches(QuantMode mode) {
    return hasBounds() || mode == QuantMode.MIXED;
  }

  /** Which figures have a bound. */
  Damage.Bounded bounded() {
    return new Damage.Bounded(minSqnrDb.isPresent(), maxAccuracyDrop.isPresent());
  }

  /** The bounds, if there are any. */
  Optional<Bounds> bounds() {
    return hasBounds() ? Optional.of(new Bounds(minSqnrDb, maxAccuracyDrop)) : Optional.empty();
  }
}
