package dev.swage.compress.search;

import dev.swage.compress.TestPlans;
import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.planner.Ladders;
import dev.swage.compress.qdq.QdqOptions;
import dev.swage.compress.qdq.QdqWriter;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.range.ActivationEstimator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Weights and activations in 8 bits, planned and rewritten anew for every choice of nodes, so that
 * what depends on a node that is kept in floats (a Concat between floats, a Relu that was absorbed)
 * is decided with it.
 *
 * @param reference the prepared model
 * @param calibration of it
 * @param range the estimator of activations' ranges
 * @param exclude nodes that are kept whatever is searched
 */
record StaticNodes(
    OnnxModel reference, Calibration calibration, ActivationEstimator range, Set<String> exclude)
    implements ModelVariants {
  public StaticNodes {
    exclude = Set.copyOf(exclude);
  }

  @Override
  public String name() {
    return calibration.model();
  }

  @Override
  public String modelHash() {
    return calibration.modelSha256();
  }

  @Override
  public String describe() {
    return "static, %s, calibrated on %d samples (%s), excluding %s"
        .formatted(range, calibration.samples(), calibration.dataSha256(), new TreeSet<>(exclude));
  }

  /** The plan with what is decided of some nodes. */
  public ModelPlan plan(Assignment given) {
    Map<String, Keep> excluded = new HashMap<>();
    exclude.forEach(name -> excluded.put(name, new Keep(KeepReason.EXCLUDED)));
    return TestPlans.fixed(
        reference.graph(),
        calibration,
        QdqOptions.of(range),
        Assignment.keeping(excluded).or(given));
  }

  @Override
  public List<Ladder> ladders() {
    return Ladders.of(plan(Assignment.none()), Map.of(), Objective.SPEED);
  }

  @Override
  public Candidate with(Assignment given) {
    ModelPlan plan = plan(given);
    return new Candidate(QdqWriter.write(reference, plan).model(), TestPlans.quantized(plan));
  }
}
