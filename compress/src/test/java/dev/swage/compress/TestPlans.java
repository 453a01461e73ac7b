package dev.swage.compress;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.dynamic.DynamicForm;
import dev.swage.compress.dynamic.DynamicOptions;
import dev.swage.compress.dynamic.DynamicPlanner;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.ModelHash;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.qdq.QdqOptions;
import dev.swage.compress.qdq.QdqPlanner;
import dev.swage.compress.weights.WeightErrors;
import dev.swage.onnx.Graph;
import dev.swage.quant.RangeEstimator;
import java.util.List;
import java.util.Map;

/** Plans of single ways, for tests that look at one of them. */
public final class TestPlans {
  private TestPlans() {}

  /** A plan of these nodes and values, in the standard form. */
  public static ModelPlan of(List<PlannedNode> nodes, List<PlannedValue> values) {
    return of(PlanForm.QDQ, nodes, values);
  }

  private static ModelPlan of(PlanForm form, List<PlannedNode> nodes, List<PlannedValue> values) {
    return new ModelPlan(
        "model.onnx",
        ModelHash.of("0"),
        13,
        Objective.SIZE,
        form,
        "min-max",
        RangeEstimator.minMax(),
        nodes,
        values,
        List.of());
  }

  /** Nodes with ranges fixed ahead. */
  public static ModelPlan fixed(Graph graph, Calibration calibration, QdqOptions options) {
    return fixed(graph, calibration, options, Assignment.none());
  }

  /** The same, with what is decided of some nodes. */
  public static ModelPlan fixed(
      Graph graph, Calibration calibration, QdqOptions options, Assignment given) {
    QdqPlanner.Proposal plan =
        QdqPlanner.plan(graph, calibration, options, given, new WeightErrors());
    return of(plan.nodes(), plan.values());
  }

  /** Nodes with ranges measured at every run. */
  public static ModelPlan dynamic(Graph graph, DynamicOptions options) {
    return dynamic(graph, options, Assignment.none());
  }

  /** The same, with what is decided of some nodes. */
  public static ModelPlan dynamic(Graph graph, DynamicOptions options, Assignment given) {
    PlanForm form = options.form() == DynamicForm.CONTRIB ? PlanForm.CONTRIB : PlanForm.QDQ;
    return of(form, DynamicPlanner.plan(graph, options, given, new WeightErrors()), List.of());
  }

  /** The same plan with other choices for some nodes. */
  public static ModelPlan with(ModelPlan plan, Map<String, NodeChoice> choices) {
    List<PlannedNode> nodes =
        plan.nodes().stream()
            .map(node ->
                choices.containsKey(node.name())
                    ? PlannedNode.of(node.name(), node.operator(), choices.get(node.name()))
                    : node)
            .toList();
    return of(plan.form(), nodes, plan.values());
  }

  /** What a plan has for a node. */
  public static NodeChoice choice(ModelPlan plan, String name) {
    return plan.nodes().stream()
        .filter(node -> node.name().equals(name))
        .map(PlannedNode::choice)
        .findFirst()
        .orElseThrow();
  }

  /** Names of the nodes that become codes. */
  public static List<String> quantized(ModelPlan plan) {
    return plan.nodes().stream()
        .filter(node -> node.choice().isQuantized())
        .map(PlannedNode::name)
        .toList();
  }
}
