package dev.swage.compress;

import dev.swage.compress.calibrate.CalibrationOptions;
import dev.swage.compress.dynamic.DynamicForm;
import dev.swage.compress.dynamic.DynamicOptions;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.proof.Proof.Depth;
import dev.swage.compress.proof.ProofOptions;
import dev.swage.compress.qdq.QdqOptions;
import dev.swage.compress.weights.Opsets;
import dev.swage.compress.weights.WeightFormat;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.RangeEstimator;
import dev.swage.quant.range.ActivationEstimator;
import dev.swage.quant.range.MinMaxRange;
import java.util.ArrayList;
import java.util.List;
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
 * @param simplify whether the graph is simplified first; its operator set is raised as far as codes
 *     need in any case
 * @param proof how far the file is proven
 */
public record QuantizeOptions(
    QuantMode mode,
    PlanForm form,
    WeightOptions weights,
    Activations activations,
    QuantGoal goal,
    boolean simplify,
    ProofOptions proof) {
  /** The widest codes. */
  private static final int FULL_BITS = 8;

  private static final int SMALLEST_GROUP = 16;

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
   * Standard operators, min-max ranges, a simplified graph; for speed where activations are
   * quantized, and everything proven; else for size, with outputs proven.
   */
  public static QuantizeOptions of(QuantMode mode) {
    boolean alone = mode == QuantMode.WEIGHT_ONLY;
    return new QuantizeOptions(
        mode,
        PlanForm.QDQ,
        WeightOptions.int8(),
        Activations.defaults(),
        QuantGoal.of(alone ? Objective.SIZE : Objective.SPEED),
        true,
        ProofOptions.of(alone ? Depth.OUTPUTS : Depth.EVERYTHING));
  }

  public QuantizeOptions withForm(PlanForm operators) {
    return new QuantizeOptions(mode, operators, weights, activations, goal, simplify, proof);
  }

  public QuantizeOptions withWeights(WeightOptions options) {
    return new QuantizeOptions(mode, form, options, activations, goal, simplify, proof);
  }

  public QuantizeOptions withActivations(Activations how) {
    return new QuantizeOptions(mode, form, weights, how, goal, simplify, proof);
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
    return new QuantizeOptions(mode, form, weights, activations, aim, simplify, proof);
  }

  public QuantizeOptions withObjective(Objective objective) {
    return withGoal(goal.withObjective(objective));
  }

  public QuantizeOptions withSimplify(boolean simplified) {
    return new QuantizeOptions(mode, form, weights, activations, goal, simplified, proof);
  }

  public QuantizeOptions withProof(ProofOptions how) {
    return new QuantizeOptions(mode, form, weights, activations, goal, simplify, how);
  }

  public QuantizeOptions excluding(Set<String> names) {
    return withWeights(weights.excluding(names));
  }

  /** The operator set that is wanted ahead; 0 where the plan says. */
  long opset() {
    return mode == QuantMode.WEIGHT_ONLY ? 0 : Opsets.PER_CHANNEL;
  }

  QdqOptions staticOptions() {
    return new QdqOptions(
        activations.range(), activations.type().scheme(), activations.weightBits(), perTensor());
  }

  DynamicOptions dynamicOptions() {
    return DynamicOptions.of(DynamicForm.of(form))
        .withOneScalePerWeight(perTensor())
        .withReducedWeights(activations.reducedWeights());
  }

  /**
   * Beside other ways, ONNX Runtime's own operator for weights is used where it can be; and beside
   * fixed ranges, whose codes every operator set since 13 has, no groups that need a later one.
   */
  WeightOptions weightOptions() {
    WeightOptions own =
        mode == QuantMode.STATIC && weights.grouping() instanceof WeightGrouping.Adaptive
            ? weights.withGrouping(WeightGrouping.perChannel())
            : weights;
    return form == PlanForm.CONTRIB && weights.format() == WeightFormat.QDQ
        ? own.withFormat(WeightFormat.MATMUL_N_BITS_OR_QDQ)
        : own;
  }

  /**
   * Finer codes of weights, each finer than those before, for nodes that lose too much: groups half
   * as large, then 8 bits.
   */
  List<WeightOptions> spareWeights() {
    WeightOptions first = weightOptions();
    if (first.bits() >= FULL_BITS || !goal.searches(mode)) {
      return List.of();
    }
    List<WeightOptions> finer = new ArrayList<>();
    if (first.grouping() instanceof WeightGrouping.Groups(int size) && size > SMALLEST_GROUP) {
      finer.add(first.withGrouping(WeightGrouping.groups(SMALLEST_GROUP)));
    }
    WeightOptions full = first.withBits(FULL_BITS).withRange(RangeEstimator.minMax());
    finer.add(
        first.format() == WeightFormat.MATMUL_N_BITS
            ? full
            : full.withGrouping(WeightGrouping.perChannel()));
    return finer;
  }

  private boolean perTensor() {
    return weights.grouping() instanceof WeightGrouping.PerTensor;
  }
}
