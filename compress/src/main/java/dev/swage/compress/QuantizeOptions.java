package dev.swage.compress;

import dev.swage.compress.calibrate.CalibrationOptions;
import dev.swage.quant.range.ActivationEstimator;
import dev.swage.quant.range.MinMaxRange;
import java.util.Set;

/**
 * How a model is quantized.
 *
 * @param mode what of it becomes codes
 * @param form with which operators
 * @param weights how weights become codes where they do so alone, and what is excluded: names of
 *     nodes, or of weights and values whose readers stay in floating point
 * @param activations how the ranges of activations are chosen, where they are fixed ahead
 * @param goal what the file is for
 */
public record QuantizeOptions(
    QuantMode mode, PlanForm form, WeightOptions weights, Activations activations, QuantGoal goal) {
  /**
   * How activations are observed and what their codes cover.
   *
   * @param range of the values that codes cover
   * @param calibration how activations are observed
   */
  public record Activations(ActivationEstimator range, CalibrationOptions calibration) {}

  /**
   * Standard operators, min-max ranges; for speed where activations are quantized, else for size.
   */
  public static QuantizeOptions of(QuantMode mode) {
    return new QuantizeOptions(
        mode,
        PlanForm.QDQ,
        WeightOptions.int8(),
        new Activations(new MinMaxRange(), CalibrationOptions.defaults()),
        QuantGoal.of(
            mode == QuantMode.WEIGHT_ONLY ? QuantGoal.Objective.SIZE : QuantGoal.Objective.SPEED));
  }

  public QuantizeOptions withForm(PlanForm operators) {
    return new QuantizeOptions(mode, operators, weights, activations, goal);
  }

  public QuantizeOptions withWeights(WeightOptions options) {
    return new QuantizeOptions(mode, form, options, activations, goal);
  }

  public QuantizeOptions withRange(ActivationEstimator estimator) {
    return new QuantizeOptions(
        mode, form, weights, new Activations(estimator, activations.calibration()), goal);
  }

  public QuantizeOptions withCalibration(CalibrationOptions options) {
    return new QuantizeOptions(
        mode, form, weights, new Activations(activations.range(), options), goal);
  }

  public QuantizeOptions withGoal(QuantGoal aim) {
    return new QuantizeOptions(mode, form, weights, activations, aim);
  }

  public QuantizeOptions withObjective(QuantGoal.Objective objective) {
    return withGoal(new QuantGoal(objective, goal.minSqnrDb(), goal.maxAccuracyDrop()));
  }

  public QuantizeOptions excluding(Set<String> names) {
    return withWeights(weights.excluding(names));
  }

  Set<String> exclude() {
    return weights.exclude();
  }
}
