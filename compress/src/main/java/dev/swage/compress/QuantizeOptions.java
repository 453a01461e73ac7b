package dev.swage.compress;

import dev.swage.compress.calibrate.CalibrationOptions;
import dev.swage.compress.dynamic.DynamicOptions;
import dev.swage.compress.qdq.QdqOptions;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.range.ActivationEstimator;
import dev.swage.quant.range.MinMaxRange;
import java.util.Set;

/**
 * How a model is quantized.
 *
 * @param mode what of it becomes codes
 * @param form with which operators
 * @param weights how weights become codes where they do so alone, and what is excluded: names of
 *     nodes, or of weights and values whose readers stay in floating point. That weights have one
 *     scale each holds where activations are codes too; other ways of sharing scales do not
 * @param activations how the ranges of activations are chosen, where they are fixed ahead
 * @param goal what the file is for
 */
public record QuantizeOptions(
    QuantMode mode, PlanForm form, WeightOptions weights, Activations activations, QuantGoal goal) {
  /**
   * How activations are observed, what their codes cover, and what those are multiplied with.
   *
   * @param range of the values that codes cover
   * @param calibration how activations are observed
   * @param type of the codes
   * @param reducedWeights whether weights that codes of activations are multiplied with have the
   *     codes −64…64 instead of −127…127. x86 processors without VNNI add two products of unsigned
   *     and signed bytes in 16 bits, which saturate: 255 · 127 · 2 does not fit, 255 · 64 · 2 does
   */
  public record Activations(
      ActivationEstimator range,
      CalibrationOptions calibration,
      ActivationType type,
      boolean reducedWeights) {
    /** As observing tells them, UINT8, weights of 8 bits. */
    static Activations defaults() {
      return new Activations(
          new MinMaxRange(), CalibrationOptions.defaults(), ActivationType.UINT8, false);
    }

    int weightBits() {
      return reducedWeights ? QuantScheme.REDUCED_BITS : 8;
    }
  }

  /**
   * Standard operators, min-max ranges; for speed where activations are quantized, else for size.
   */
  public static QuantizeOptions of(QuantMode mode) {
    return new QuantizeOptions(
        mode,
        PlanForm.QDQ,
        WeightOptions.int8(),
        Activations.defaults(),
        QuantGoal.of(
            mode == QuantMode.WEIGHT_ONLY ? QuantGoal.Objective.SIZE : QuantGoal.Objective.SPEED));
  }

  public QuantizeOptions withForm(PlanForm operators) {
    return new QuantizeOptions(mode, operators, weights, activations, goal);
  }

  public QuantizeOptions withWeights(WeightOptions options) {
    return new QuantizeOptions(mode, form, options, activations, goal);
  }

  public QuantizeOptions withActivations(Activations how) {
    return new QuantizeOptions(mode, form, weights, how, goal);
  }

  public QuantizeOptions withRange(ActivationEstimator estimator) {
    return withActivations(
        new Activations(
            estimator,
            activations.calibration(),
            activations.type(),
            activations.reducedWeights()));
  }

  public QuantizeOptions withCalibration(CalibrationOptions options) {
    return withActivations(
        new Activations(
            activations.range(), options, activations.type(), activations.reducedWeights()));
  }

  /** The same with codes of this type for activations. */
  public QuantizeOptions withActivationType(ActivationType type) {
    return withActivations(
        new Activations(
            activations.range(), activations.calibration(), type, activations.reducedWeights()));
  }

  /** The same with weights whose products do not saturate on x86 without VNNI. */
  public QuantizeOptions withReducedWeights(boolean reduced) {
    return withActivations(
        new Activations(
            activations.range(), activations.calibration(), activations.type(), reduced));
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

  QdqOptions staticOptions() {
    return new QdqOptions(
        activations.range(),
        activations.type().scheme(),
        activations.weightBits(),
        perTensor(),
        exclude());
  }

  DynamicOptions dynamicOptions() {
    return DynamicEngine.options(form)
        .withOneScalePerWeight(perTensor())
        .withReducedWeights(activations.reducedWeights())
        .excluding(exclude());
  }

  private boolean perTensor() {
    return weights.grouping() instanceof WeightGrouping.PerTensor;
  }

  Set<String> exclude() {
    return weights.exclude();
  }
}
