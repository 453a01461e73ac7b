package dev.swage.compress.proof;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedWeight;
import dev.swage.compress.plan.WeightForm;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Counts what a plan promises against what a file holds, weight by weight and node by node: each
 * node that is to read a weight as codes reads them in the file, and no weight that is to be codes
 * for all is there in floats.
 */
final class PromisedCodes {
  private final Path file;
  private final Map<GraphPath, WrittenGraph> graphs = new HashMap<>();
  private final Map<String, Place> places = new HashMap<>();

  /**
   * What was found.
   *
   * @param weights codes of weights
   * @param nodes that read them
   */
  record Found(int weights, int nodes) {}

  /** A node of the prepared graph, and where it is. */
  private record Place(GraphPath path, Node node, Set<String> known) {}

  private PromisedCodes(Path file, OnnxModel prepared, OnnxModel written) {
    this.file = file;
    GraphPath.walk(written.graph(), (path, graph) -> graphs.put(path, new WrittenGraph(graph)));
    graphs.forEach((path, graph) -> {
      if (!path.isMain()) {
        graph.within(graphs.get(path.enclosing()));
      }
    });
    Map<GraphPath, Set<String>> known = new HashMap<>();
    GraphPath.walk(
        prepared.graph(),
        (path, graph) -> {
          Set<String> values = new HashSet<>();
          if (!path.isMain()) {
            values.addAll(known.getOrDefault(path.enclosing(), Set.of()));
          }
          graph.inputs().forEach(input -> values.add(input.name()));
          graph.nodes().stream()
              .filter(node -> !node.is("Constant"))
              .forEach(node -> values.addAll(node.outputs()));
          known.put(path, values);
          for (Node node : graph.nodes()) {
            places.put(PlannedNode.nameOf(path, node), new Place(path, node, values));
          }
        });
  }

  /**
   * Holds a file against a plan.
   *
   * @param prepared the graph that was planned
   * @param written the file as it was read back
   * @throws CompressException naming the node and weight whose codes the file lacks
   */
  static Found require(Path file, OnnxModel prepared, OnnxModel written, ModelPlan plan) {
    PromisedCodes promised = new PromisedCodes(file, prepared, written);
    Map<String, PlannedWeight> weights = new HashMap<>();
    plan.weights().forEach(weight -> weights.put(weight.name(), weight));
    int nodes = 0;
    for (PlannedNode node : plan.nodes()) {
      for (WeightSlot slot : node.choice().slots()) {
        promised.require(node, slot, Objects.requireNonNull(weights.get(slot.weight())));
      }
      nodes += node.choice().slots().isEmpty() ? 0 : 1;
    }
    int codes = 0;
    for (PlannedWeight weight : plan.weights()) {
      codes += weight.codes().size();
      promised.requireGone(weight);
    }
    return new Found(codes, nodes);
  }

  private void require(PlannedNode planned, WeightSlot slot, PlannedWeight weight) {
    Place place = places.get(planned.name());
    WrittenGraph graph = place == null ? null : graphs.get(place.path());
    if (place == null || graph == null) {
      throw new CompressException(
          "%s: the plan quantizes node '%s', which the file lacks".formatted(file, planned.name()));
    }
    List<Tensor> read =
        graph.has(place.node())
            ? graph.constantsOf(place.node(), place.known())
            : graph.codesOf(slot.weight());
    if (read.stream().noneMatch(tensor -> isCodes(tensor, slot, weight))) {
      throw new CompressException(
          "%s: the plan has weight '%s' of node '%s' as %s; the file has %s there"
              .formatted(
                  file,
                  weight.name(),
                  planned.name(),
                  slot.choice(),
                  read.isEmpty() ? "no constant" : read.toString()));
    }
  }

  /** Whether a tensor is of the type and size of a slot's codes. */
  private static boolean isCodes(Tensor tensor, WeightSlot slot, PlannedWeight weight) {
    boolean nBits = slot.form() == WeightForm.N_BITS || slot.form() == WeightForm.N_BITS_TRANSPOSED;
    if (nBits) {
      long bits = tensor.byteSize() * 8 / slot.scheme().bits();
      return tensor.dtype() == DType.UINT8
          && tensor.shape().rank() == 3
          && bits >= weight.shape().elements();
    }
    return tensor.dtype() == slot.scheme().storage()
        && tensor.shape().elements() == weight.shape().elements();
  }

  private void requireGone(PlannedWeight weight) {
    if (!weight.isQuantized() || weight.kept().isPresent()) {
      return;
    }
    for (Map.Entry<GraphPath, WrittenGraph> graph : graphs.entrySet()) {
      graph
          .getValue()
          .constants()
          .forEach((name, tensor) -> {
            if (graph.getKey().key(name).equals(weight.name())
                && tensor.dtype() == weight.dtype()) {
              throw new CompressException(
                  "%s: the plan has weight '%s' as %s; the file holds it as %s"
                      .formatted(file, weight.name(), weight.decision(), tensor));
            }
          });
    }
  }
}
