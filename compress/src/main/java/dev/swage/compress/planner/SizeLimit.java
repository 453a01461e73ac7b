package dev.swage.compress.planner;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedWeight;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.write.PlanWriter;
import dev.swage.onnx.OnnxWriter;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps a file that is to be small no larger than its source: nodes whose codes save less than the
 * operators around them take stay as they are, as many as it needs.
 */
public final class SizeLimit {
  /** Above, codes save more than any operators take. */
  private static final long LARGE = 64L << 20;

  /** The same where weights alone become codes: they take the place of floats then. */
  private static final long LARGE_ALONE = 1L << 20;

  /** Below, names count as much as weights, and all is quantized that is asked for. */
  private static final long TINY = 10L << 10;

  /** Bytes that the operators round a node of each way take, with their names. */
  private static final double STATIC = 500;

  private static final double DYNAMIC = 700;
  private static final double ALONE = 250;

  private final SourceModel source;
  private final ModelPlanner planner;

  /** Holds a model's plans to the size of its file. */
  public SizeLimit(SourceModel source, ModelPlanner planner) {
    this.source = source;
    this.planner = planner;
  }

  /** The decisions, and that nodes are kept whose codes cost bytes, where the file needs it. */
  public Assignment hold(Assignment given) {
    long most = source.file().bytes();
    long held = source.model().graph().weightBytes();
    if (most < TINY || held > LARGE) {
      return given;
    }
    ModelPlan plan = planner.plan(given);
    long large = plan.isWeightsAlone() ? LARGE_ALONE : LARGE;
    if (held > large || bytes(given) <= most) {
      return given;
    }
    Map<String, PlannedWeight> weights = new HashMap<>();
    plan.weights().forEach(weight -> weights.put(weight.name(), weight));
    List<PlannedNode> leastFirst =
        plan.nodes().stream()
            .filter(node -> node.choice().isQuantized())
            .sorted(Comparator.comparingDouble(node -> saved(node.choice(), weights)))
            .toList();
    int few = 0;
    int enough = leastFirst.size();
    while (enough - few > 1) {
      int middle = (few + enough) / 2;
      if (bytes(without(given, leastFirst.subList(0, middle))) <= most) {
        enough = middle;
      } else {
        few = middle;
      }
    }
    return without(given, leastFirst.subList(0, enough));
  }

  private static Assignment without(Assignment given, List<PlannedNode> nodes) {
    Assignment kept = given;
    for (PlannedNode node : nodes) {
      kept =
          kept.with(
              node.name(),
              new Keep(KeepReason.CONSTANT_TOO_SMALL, "the file would be larger than its source"));
    }
    return kept;
  }

  private static double saved(NodeChoice choice, Map<String, PlannedWeight> weights) {
    double saved = 0;
    for (WeightSlot slot : choice.slots()) {
      PlannedWeight weight = weights.get(slot.weight());
      if (weight != null) {
        double bits = weight.dtype().bits() - slot.scheme().storage().bits();
        saved += weight.shape().elements() * bits / Byte.SIZE;
      }
    }
    return saved
        - switch (choice) {
          case NodeChoice.Static s -> STATIC;
          case NodeChoice.Dynamic d -> DYNAMIC;
          case NodeChoice.WeightOnly w -> ALONE;
          case NodeChoice.Absorb a -> 0;
          case Keep k -> 0;
        };
  }

  private long bytes(Assignment given) {
    ModelPlan plan = planner.plan(given);
    return OnnxWriter.toBytes(PlanWriter.write(source.prepared(), plan).model()).length;
  }
}
