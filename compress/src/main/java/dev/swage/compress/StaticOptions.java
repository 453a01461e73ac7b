package dev.swage.compress;

import dev.swage.compress.calibrate.CalibrationOptions;
import dev.swage.quant.range.ActivationEstimator;
import dev.swage.quant.range.MinMaxRange;
import java.util.Set;

/**
 * How weights and activations are quantized together.
 *
 * @param range of the values that activations' codes cover
 * @param calibration how activations are observed
 * @param exclude names of nodes, or of weights and values whose readers, stay in floating point
 * @param objective what the written file must be better in than the source
 */
public record StaticOptions(
    ActivationEstimator range,
    CalibrationOptions calibration,
    Set<String> exclude,
    Objective objective) {
  public StaticOptions {
    exclude = Set.copyOf(exclude);
  }

  /** What a quantized file is for. */
  public enum Objective {
    /** It must run faster than the source on this machine, or it is not written. */
    SPEED,
    /** It is written whatever its speed. */
    SIZE
  }

  /** Min-max ranges, nothing excluded, for speed. */
  public static StaticOptions defaults() {
    return new StaticOptions(
        new MinMaxRange(), CalibrationOptions.defaults(), Set.of(), Objective.SPEED);
  }

  public StaticOptions withRange(ActivationEstimator estimator) {
    return new StaticOptions(estimator, calibration, exclude, objective);
  }

  public StaticOptions withCalibration(CalibrationOptions options) {
    return new StaticOptions(range, options, exclude, objective);
  }

  public StaticOptions excluding(Set<String> names) {
    return new StaticOptions(range, calibration, names, objective);
  }

  public StaticOptions withObjective(Objective goal) {
    return new StaticOptions(range, calibration, exclude, goal);
  }
}
