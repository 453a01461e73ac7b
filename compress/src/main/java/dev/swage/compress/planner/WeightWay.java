package dev.swage.compress.planner;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.Weight;
import dev.swage.compress.weights.WeightErrors;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.compress.weights.WeightPlanner;
import dev.swage.compress.weights.WeightPlanner.Decision;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Weights as codes, of nodes that compute in floating point. */
final class WeightWay implements WayPlanner {
  private final Graph graph;
  private final WeightOptions options;
  private final Excluded excluded;
  private final WeightErrors errors;
  private @Nullable List<Decision> decisions;

  WeightWay(Graph graph, WeightOptions options, Excluded excluded, WeightErrors errors) {
    this.graph = graph;
    this.options = options;
    this.excluded = excluded;
    this.errors = errors;
  }

  /** What becomes of each weight if all who read it agree. */
  List<Decision> decisions() {
    if (decisions == null) {
      decisions = WeightPlanner.plan(graph, options, excluded.weights(), errors);
    }
    return decisions;
  }

  @Override
  public String label() {
    return "weight-only";
  }

  @Override
  public Proposal propose(Assignment given) {
    Map<String, List<Read>> reads = Read.byNode(decisions());
    Assignment all = excluded.nodesKept().or(given);
    List<PlannedNode> nodes = new ArrayList<>();
    GraphPath.walk(
        graph,
        (path, inner) -> {
          for (Node node : inner.nodes()) {
            String name = PlannedNode.nameOf(path, node);
            List<Read> own = reads.getOrDefault(name, List.of());
            nodes.add(
                all.against(name, NodeChoice.WeightOnly.class)
                    .map(keep -> PlannedNode.of(name, node.opType(), keep))
                    .orElseGet(() -> decide(name, node, own, all.slots(name))));
          }
        });
    return new Proposal(nodes, List.of());
  }

  /** By the way's own rules, or with the slots that are decided already, if any. */
  private PlannedNode decide(String name, Node node, List<Read> reads, List<WeightSlot> slots) {
    Map<WeightSlot, Tensor> weights = new LinkedHashMap<>();
    for (Read read : reads) {
      Tensor tensor = read.decision().weight().tensor();
      if (slots.isEmpty()) {
        read.slot().ifPresent(slot -> weights.put(slot, tensor));
      }
      slots.stream()
          .filter(slot -> slot.input() == read.input())
          .forEach(slot -> weights.put(slot, tensor));
    }
    if (weights.isEmpty()) {
      return PlannedNode.of(name, node.opType(), Read.reason(reads));
    }
    return new PlannedNode(
        name,
        node.opType(),
        new NodeChoice.WeightOnly(List.copyOf(weights.keySet())),
        OptionalDouble.of(errors.decibels(weights)));
  }

  /** A weight that a node reads at one of its inputs, and what becomes of it. */
  record Read(Decision decision, int input) {
    static Map<String, List<Read>> byNode(List<Decision> decisions) {
      Map<String, List<Read>> reads = new HashMap<>();
      for (Decision decision : decisions) {
        for (Weight.Use use : decision.weight().uses()) {
          reads
              .computeIfAbsent(use.name(), name -> new ArrayList<>())
              .add(new Read(decision, use.index()));
        }
      }
      return reads;
    }

    Optional<WeightSlot> slot() {
      return decision.slot().map(slot -> slot.at(input));
    }

    /** Why a node that reads these has no weight as codes. */
    static Keep reason(List<Read> reads) {
      return reads.stream()
          .flatMap(read -> read.decision().keep().stream())
          .filter(keep -> keep.reason() != KeepReason.BIAS)
          .findFirst()
          .orElseGet(() -> new Keep(KeepReason.NO_WEIGHT));
    }
  }
}
