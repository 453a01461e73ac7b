package dev.swage.hybrid;

import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.graph.Prepared;
import dev.swage.graph.Rewrite;
import dev.swage.graph.RewriteKind;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Preparing a graph makes weights with the same bytes one, such as biases that are all 0. They are
 * alike by chance, and are to become what each of them learns: here they are several again, under
 * the names that they had. Weights that become codes stay as the plan has them.
 */
final class Unsharing {
  private final Map<String, Tensor> added = new LinkedHashMap<>();
  private final Map<Place, String> names = new HashMap<>();

  /** The node that makes a value, and what it read. */
  private record Place(String output, String weight) {}

  private Unsharing() {}

  /**
   * The prepared model, its weights apart.
   *
   * @param source what it was prepared from
   */
  static OnnxModel of(Prepared prepared, Graph source, ModelPlan plan) {
    OnnxModel model = prepared.model();
    Unsharing apart = new Unsharing();
    apart.find(prepared, source, plan);
    if (apart.names.isEmpty()) {
      return model;
    }
    List<Node> nodes = model.graph().nodes().stream().map(apart::renamed).toList();
    Graph.Builder graph = model.graph().toBuilder().nodes(nodes);
    apart.added.forEach(graph::initializer);
    return model.withGraph(graph.build());
  }

  private void find(Prepared prepared, Graph source, ModelPlan plan) {
    Map<String, String> firsts = firsts(prepared.rewrites(), codes(plan));
    Set<String> outputs =
        prepared.model().graph().nodes().stream()
            .flatMap(node -> node.outputs().stream())
            .collect(Collectors.toCollection(HashSet::new));
    for (Node node : source.nodes()) {
      String output = node.outputs().getFirst();
      if (outputs.contains(output)) {
        Map<String, Set<String>> read = new HashMap<>();
        node.inputs()
            .forEach(input ->
                read.computeIfAbsent(firsts.getOrDefault(input, input), _ -> new HashSet<>())
                    .add(input));
        read.forEach((first, own) -> rename(prepared.model().graph(), output, first, own));
      }
    }
  }

  /** A node that reads two of the same keeps one: which was which is not known any more. */
  private void rename(Graph graph, String output, String first, Set<String> own) {
    Tensor tensor = graph.initializers().get(first);
    if (tensor != null && own.size() == 1 && !own.contains(first)) {
      String name = own.iterator().next();
      names.put(new Place(output, first), name);
      added.put(name, tensor);
    }
  }

  /** What stands for each weight that is gone, but for those of the plan. */
  private static Map<String, String> firsts(List<Rewrite> rewrites, Set<String> codes) {
    Map<String, String> firsts = new HashMap<>();
    for (Rewrite rewrite : rewrites) {
      if (rewrite.kind() == RewriteKind.DUPLICATE_SHARED && rewrite.tensors().size() == 2) {
        String first = rewrite.tensors().getLast();
        if (!codes.contains(first)) {
          firsts.put(rewrite.tensors().getFirst(), first);
        }
      }
    }
    return firsts;
  }

  private static Set<String> codes(ModelPlan plan) {
    return plan.nodes().stream()
        .flatMap(node -> node.choice().slots().stream())
        .map(WeightSlot::weight)
        .collect(Collectors.toSet());
  }

  private Node renamed(Node node) {
    return node.withInputs(
        node.inputs().stream()
            .map(input -> names.getOrDefault(new Place(node.outputs().getFirst(), input), input))
            .toList());
  }
}
