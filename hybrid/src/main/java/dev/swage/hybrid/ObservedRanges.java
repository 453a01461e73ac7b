package dev.swage.hybrid;

import dev.swage.compress.PlannedModel;
import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.CalibrationListener;
import dev.swage.compress.calibrate.CalibrationOptions;
import dev.swage.compress.calibrate.Calibrator;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.data.DataSource;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.ActivationEstimator;
import dev.swage.quant.range.MeanSquaredErrorRange;
import dev.swage.quant.range.MinMaxRange;
import dev.swage.quant.range.Range;
import java.util.HashMap;
import java.util.Map;

/** Ranges of a plan's values as data give them now: the plan was made for other weights. */
final class ObservedRanges {
  private static final int FULL = 8;

  private final Calibration calibration;
  private final Map<String, Range> ofGroups = new HashMap<>();

  private ObservedRanges(Calibration calibration) {
    this.calibration = calibration;
  }

  /** The plan with these ranges; those of values that were not observed stay. */
  static ModelPlan of(PlannedModel planned, DataSource samples) {
    Calibration calibration =
        new Calibrator(CalibrationOptions.defaults(), CalibrationListener.NONE)
            .observe("the model", planned.prepared().model(), "", samples);
    ObservedRanges observed = new ObservedRanges(calibration);
    planned.plan().values().forEach(observed::add);
    return planned
        .plan()
        .withValues(planned.plan().values().stream().map(observed::value).toList());
  }

  private void add(PlannedValue value) {
    ActivationEstimator estimator =
        value.scheme().bits() == FULL ? new MinMaxRange() : new MeanSquaredErrorRange();
    calibration
        .tensor(value.name())
        .map(tensor -> tensor.statistics())
        .filter(statistics -> !statistics.isEmpty())
        .map(statistics -> estimator.range(statistics, value.scheme()))
        .ifPresent(range ->
            ofGroups.merge(
                value.group(),
                range,
                (a, b) -> new Range(Math.min(a.min(), b.min()), Math.max(a.max(), b.max()))));
  }

  private PlannedValue value(PlannedValue value) {
    Range range = ofGroups.getOrDefault(value.group(), value.range());
    return new PlannedValue(
        value.name(),
        range,
        value.scheme(),
        ScaleZeroPoint.of(range.min(), range.max(), value.scheme()),
        value.group(),
        value.expectedSqnrDb());
  }
}
