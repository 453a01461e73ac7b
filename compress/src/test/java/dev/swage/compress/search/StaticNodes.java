package dev.swage.compress.search;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.qdq.NodeDecision;
import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.compress.qdq.QdqOptions;
import dev.swage.compress.qdq.QdqPlan;
import dev.swage.compress.qdq.QdqPlan.PlannedNode;
import dev.swage.compress.qdq.QdqPlanner;
import dev.swage.compress.qdq.QdqRewriter;
import dev.swage.onnx.OnnxModel;
import dev.swage.quant.range.ActivationEstimator;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Weights and activations in 8 bits, planned and rewritten anew for every choice of nodes, so that
 * what depends on a node that is given back (a Concat between floats, a Relu that was absorbed) is
 * decided with it.
 *
 * @param reference the prepared model
 * @param calibration of it
 * @param range the estimator of activations' ranges
 * @param exclude names that are kept whatever is searched
 * @param given nodes that were decided to be kept before
 */
record StaticNodes(
    OnnxModel reference,
    Calibration calibration,
    ActivationEstimator range,
    Set<String> exclude,
    Map<String, Keep> given)
    implements Quantization {
  public StaticNodes {
    exclude = Set.copyOf(exclude);
    given = Collections.unmodifiableMap(new LinkedHashMap<>(given));
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
    return "static, %s, calibrated on %d samples (%s), excluding %s, keeping %s"
        .formatted(
            range,
            calibration.samples(),
            calibration.dataSha256(),
            new TreeSet<>(exclude),
            new TreeSet<>(given.keySet()));
  }

  /** The plan with these nodes kept, besides those given. */
  public QdqPlan plan(Map<String, Keep> kept) {
    Map<String, Keep> all = new LinkedHashMap<>(kept);
    all.putAll(given);
    return QdqPlanner.plan(
        reference.graph(), calibration, QdqOptions.of(range).excluding(exclude), all);
  }

  @Override
  public Candidate keeping(Map<String, Keep> kept) {
    QdqPlan plan = plan(kept);
    List<String> quantized =
        plan.nodes().stream()
            .filter(node -> node.decision() instanceof NodeDecision.Quantize)
            .map(PlannedNode::name)
            .toList();
    return new Candidate(QdqRewriter.rewrite(reference, plan).model(), quantized);
  }
}
