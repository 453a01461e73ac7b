package dev.swage.compress;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.measure.MeasuredChoice;
import dev.swage.compress.prepare.Prepared;
import dev.swage.compress.search.SearchResult;
import java.util.Optional;

/**
 * What was decided for a model, before anything is written.
 *
 * @param prepared the graph that the plan is for, and what was done to get there
 * @param calibration what was observed of activations; empty where nothing had to be
 */
public record PlannedModel(ModelPlan plan, Prepared prepared, Optional<Calibration> calibration) {}
