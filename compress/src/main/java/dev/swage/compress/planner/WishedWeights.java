package dev.swage.compress.planner;

import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlanDocument;
import dev.swage.compress.plan.PlanForm;
import dev.swage.compress.plan.WeightChoice;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.planner.WeightWay.Read;
import dev.swage.compress.weights.WeightFormat;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.weights.WeightPlanner;
import dev.swage.onnx.Graph;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How weights of a graph become codes alone, under the choices that a plan may name. */
final class WishedWeights {
  private final Graph graph;
  private final PlanDocument plan;
  private final Map<WeightChoice, Map<String, List<Read>>> known = new HashMap<>();

  WishedWeights(Graph graph, PlanDocument plan) {
    this.graph = graph;
    this.plan = plan;
  }

  /** The slots of a node under a choice. */
  List<WeightSlot> slots(String node, WeightChoice choice) {
    return reads(node, choice).stream().flatMap(read -> read.slot().stream()).toList();
  }

  /** Why a node has no weight that could have these codes; empty where it has one. */
  Optional<Keep> obstacle(String node, WeightChoice choice) {
    return slots(node, choice).isEmpty()
        ? Optional.of(Read.reason(reads(node, choice)))
        : Optional.empty();
  }

  private List<Read> reads(String node, WeightChoice choice) {
    return known.computeIfAbsent(choice, this::reads).getOrDefault(node, List.of());
  }

  private Map<String, List<Read>> reads(WeightChoice choice) {
    WeightOptions options =
        WeightOptions.int8()
            .withRange(plan.weightRange())
            .withBits(choice.bits())
            .withGrouping(choice.grouping());
    if (!choice.symmetric()) {
      options = options.asymmetric();
    }
    if (plan.form() == PlanForm.CONTRIB) {
      options = options.withFormat(WeightFormat.MATMUL_N_BITS_OR_QDQ);
    }
    return Read.byNode(WeightPlanner.exactly(graph, options));
  }
}
