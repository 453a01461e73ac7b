package dev.swage.compress.planner;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.speed.ModelRace;
import dev.swage.compress.speed.WeightTimes;
import dev.swage.compress.write.PlanWriter;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Weights of nodes that compute in floats in a file that is to be fast: they become codes too where
 * that takes no time, which is measured.
 */
public final class RestingWeights {
  /** Share of a run that making floats of weights may take, all of them together. */
  private static final double MOST_TIME = 0.01;

  private static final Duration BUDGET = Duration.ofSeconds(2);
  private static final Keep UNTIMED = new Keep(KeepReason.NOT_WORTH_IT, "not timed yet");

  private final SourceModel source;
  private final ModelPlanner planner;
  private final Map<String, NodeChoice> ways = new LinkedHashMap<>();

  /** For one model and its ways. */
  public RestingWeights(SourceModel source, ModelPlanner planner) {
    this.source = source;
    this.planner = planner;
    planner
        .ways()
        .forEach((name, own) ->
            own.stream()
                .filter(RestingWeights::rests)
                .findFirst()
                .ifPresent(way -> ways.put(name, way.choice())));
  }

  /** Codes that no integer kernel multiplies: rows of a table, or weights alone. */
  private static boolean rests(PlannedNode node) {
    return node.choice() instanceof NodeChoice.WeightOnly
        || (isTable(node) && node.choice() instanceof NodeChoice.Dynamic);
  }

  private static boolean isTable(PlannedNode node) {
    return node.operator().equals("Gather");
  }

  /** Keeps in floats what has its weights alone as codes, as long as others are timed. */
  public Assignment untimed(ModelPlan plan) {
    Assignment kept = Assignment.none();
    for (PlannedNode node : plan.nodes()) {
      if (node.choice() instanceof NodeChoice.WeightOnly) {
        kept = kept.with(node.name(), UNTIMED);
      }
    }
    return kept;
  }

  /**
   * The decisions with codes for the weights of nodes that are kept in floats only because they
   * would be slower otherwise.
   *
   * @param bounded what is decided for accuracy
   * @param timed what was decided for speed
   */
  public Assignment settle(Assignment bounded, Assignment timed, List<Tensor> sample) {
    Assignment decided = bounded.or(timed);
    List<PlannedNode> resting = new ArrayList<>();
    for (PlannedNode node : planner.plan(decided).nodes()) {
      boolean open = timed.choices().containsKey(node.name());
      if (open && node.choice() instanceof Keep && ways.containsKey(node.name())) {
        resting.add(node);
      }
    }
    Assignment tables = decided;
    for (PlannedNode node : resting) {
      if (isTable(node)) {
        tables = with(tables, node);
      }
    }
    List<PlannedNode> others = resting.stream().filter(node -> !isTable(node)).toList();
    return others.isEmpty() ? tables : timed(tables, others, sample);
  }

  private Assignment with(Assignment given, PlannedNode node) {
    NodeChoice choice = ways.get(node.name());
    return choice == null ? given : given.with(node.name(), choice, (Keep) node.choice());
  }

  private Assignment timed(Assignment floats, List<PlannedNode> nodes, List<Tensor> sample) {
    Assignment codes = floats;
    for (PlannedNode node : nodes) {
      codes = with(codes, node);
    }
    WeightTimes times = WeightTimes.of(model(codes), sample, BUDGET);
    List<PlannedNode> cheapest =
        nodes.stream().sorted(Comparator.comparingDouble(node -> times.of(node.name()))).toList();
    Assignment chosen = floats;
    double left = MOST_TIME * times.millis();
    for (PlannedNode node : cheapest) {
      double millis = times.of(node.name());
      left -= millis;
      chosen =
          left >= 0 || millis == 0
              ? with(chosen, node)
              : chosen.with(
                  node.name(),
                  new Keep(
                      KeepReason.NOT_WORTH_IT,
                      String.format(
                          Locale.ROOT,
                          "making floats of its weight's codes takes %.3f ms at every run",
                          millis)));
    }
    return isSlower(chosen, floats, sample) ? floats : chosen;
  }

  private boolean isSlower(Assignment codes, Assignment floats, List<Tensor> sample) {
    return ModelRace.of(List.of(model(codes), model(floats)), sample, BUDGET).isSlower(0, 1);
  }

  private OnnxModel model(Assignment given) {
    return PlanWriter.write(source.prepared(), planner.plan(given)).model();
  }
}
