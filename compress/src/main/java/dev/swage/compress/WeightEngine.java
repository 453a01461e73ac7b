package dev.swage.compress;

import dev.swage.compress.ModelPlan.PlannedNode;
import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.compress.qdq.NodeKeepReason;
import dev.swage.compress.qdq.QdqPlan;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Weights as codes, of nodes that compute in floating point. */
final class WeightEngine implements PlanEngine {
  private final OnnxModel model;
  private final WeightOptions options;
  private final Map<String, Double> errors = new HashMap<>();
  private @Nullable Set<String> coarse;

  WeightEngine(OnnxModel model, WeightOptions options) {
    this.model = model;
    this.options = options;
  }

  /** A weight that a node reads, and what the planner of weights makes of it. */
  private record Read(Weight weight, WeightDecision decision) {}

  @Override
  public Proposal propose(Map<String, Keep> given) {
    Map<String, List<Read>> reads = reads();
    List<PlannedNode> nodes = new ArrayList<>();
    GraphPath.walk(
        model.graph(),
        (path, graph) -> {
          for (Node node : graph.nodes()) {
            String name = path.key(QdqPlan.PlannedNode.nameOf(node));
            nodes.add(decide(name, node, reads.getOrDefault(name, List.of()), given.get(name)));
          }
        });
    return new Proposal(nodes, List.of());
  }

  private Map<String, List<Read>> reads() {
    WeightOptions all = options.excluding(Set.of());
    if (coarse == null) {
      coarse = coarse(all);
    }
    QuantPlan plan = Planner.plan(model, all, coarse);
    Map<String, WeightDecision> decisions = new HashMap<>();
    plan.weights().forEach(weight -> decisions.put(weight.name(), weight.decision()));
    Map<String, List<Read>> reads = new LinkedHashMap<>();
    for (Weight weight : Weight.of(model.graph())) {
      WeightDecision decision = decisions.get(weight.key());
      if (decision != null) {
        for (Weight.Use use : weight.uses()) {
          reads
              .computeIfAbsent(nameOf(use), name -> new ArrayList<>())
              .add(new Read(weight, decision));
        }
      }
    }
    return reads;
  }

  /** Weights that need groups; what their codes per channel lose is forgotten. */
  private Set<String> coarse(WeightOptions all) {
    if (!(options.grouping() instanceof WeightGrouping.Adaptive)) {
      return Set.of();
    }
    Map<String, WeightDecision> decisions = new HashMap<>();
    Planner.plan(model, all).weights().forEach(w -> decisions.put(w.name(), w.decision()));
    Coarseness coarseness = new Coarseness(model.graph(), options);
    Set<String> found = new HashSet<>();
    for (Weight weight : Weight.of(model.graph())) {
      if (decisions.get(weight.key()) instanceof Quantize how && !isLeftAlone(weight)) {
        double error = error(new Read(weight, how));
        double decibels = error == 0 ? Double.POSITIVE_INFINITY : -20 * Math.log10(error);
        if (coarseness.isCoarse(weight, how, decibels)) {
          found.add(weight.key());
          errors.remove(weight.key());
        }
      }
    }
    return found;
  }

  static String nameOf(Weight.Use use) {
    return use.path().key(QdqPlan.PlannedNode.nameOf(use.node()));
  }

  private PlannedNode decide(String name, Node node, List<Read> reads, @Nullable Keep given) {
    if (given != null) {
      return kept(name, node, given.reason(), given.detail());
    }
    List<Read> quantized =
        reads.stream().filter(read -> read.decision() instanceof Quantize).toList();
    boolean excluded =
        names(name, node).anyMatch(options.exclude()::contains)
            || reads.stream().anyMatch(read -> isExcluded(read.weight()));
    if (quantized.isEmpty()) {
      return reads.stream()
          .map(Read::decision)
          .filter(WeightDecision.Keep.class::isInstance)
          .map(WeightDecision.Keep.class::cast)
          .filter(keep -> keep.reason() != KeepReason.BIAS)
          .findFirst()
          .map(keep -> kept(name, node, keep))
          .orElseGet(() -> kept(name, node, NodeKeepReason.NO_WEIGHT, ""));
    }
    if (excluded) {
      return kept(name, node, NodeKeepReason.EXCLUDED, "");
    }
    double noise = 0;
    for (Read read : quantized) {
      noise += Math.pow(error(read), 2);
    }
    Quantize first = (Quantize) quantized.getFirst().decision();
    return new PlannedNode(
        name,
        node.opType(),
        new NodeChoice.WeightOnly(WeightChoice.of(first.scheme())),
        OptionalDouble.of(noise == 0 ? Double.POSITIVE_INFINITY : -10 * Math.log10(noise)));
  }

  private static Stream<String> names(String planned, Node node) {
    return Stream.concat(Stream.of(planned, node.name()), node.inputs().stream());
  }

  /** Whether no node has this weight as codes, so that it may hold anything. */
  private boolean isLeftAlone(Weight weight) {
    return isExcluded(weight)
        || weight.uses().stream()
            .allMatch(use -> names(nameOf(use), use.node()).anyMatch(options.exclude()::contains));
  }

  private boolean isExcluded(Weight weight) {
    return options.exclude().contains(weight.key()) || options.exclude().contains(weight.name());
  }

  private static PlannedNode kept(String name, Node node, WeightDecision.Keep keep) {
    String detail = keep.detail();
    return switch (keep.reason()) {
      case TOO_SMALL -> kept(name, node, NodeKeepReason.CONSTANT_TOO_SMALL, detail + " elements");
      case UNSUPPORTED_OPERATOR ->
          kept(name, node, NodeKeepReason.UNSUPPORTED_OPERATOR, node.opType());
      case KeepReason reason ->
          kept(
              name,
              node,
              NodeKeepReason.UNSUPPORTED_FORM,
              detail.isEmpty() ? reason.text() : reason.text() + ": " + detail);
    };
  }

  private static PlannedNode kept(String name, Node node, NodeKeepReason reason, String detail) {
    return new PlannedNode(
        name, node.opType(), new NodeChoice.Keep(reason, detail), OptionalDouble.empty());
  }

  /** Relative error of the weight's codes, {@code ‖w − ŵ‖ / ‖w‖}; found once. */
  private double error(Read read) {
    return errors.computeIfAbsent(
        read.weight().key(),
        key -> {
          Quantize how = (Quantize) read.decision();
          try {
            return WeightQuantizer.quantize(read.weight(), how, options.range(), CodeMemory.heap())
                .relativeError();
          } catch (IllegalArgumentException e) {
            throw new CompressException(
                "weight '%s': %s; train again or exclude the weight".formatted(key, e.getMessage()),
                e);
          }
        });
  }
}
