package dev.swage.compress;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.search.SearchResult;
import dev.swage.compress.speed.MeasuredChoice;
import dev.swage.graph.Prepared;
import java.util.Optional;

/**
 * What was decided for a model, before anything is written.
 *
 * @param prepared the graph that the plan is for, and what was done to get there
 * @param calibration what was observed of activations; empty where nothing had to be
 * @param timing what nodes take as floats and as codes; empty where that was not measured
 * @param search how nodes were moved to other ways for accuracy; empty where none had to be
 */
public record PlannedModel(
    ModelPlan plan,
    Prepared prepared,
    Optional<Calibration> calibration,
    Optional<MeasuredChoice> timing,
    Optional<SearchResult> search) {
  /** A plan that came from elsewhere. */
  public static PlannedModel given(ModelPlan plan, Prepared prepared) {
    return new PlannedModel(plan, prepared, Optional.empty(), Optional.empty(), Optional.empty());
  }
}
