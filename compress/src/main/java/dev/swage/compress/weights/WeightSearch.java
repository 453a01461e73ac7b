package dev.swage.compress.weights;

import dev.swage.compress.weights.Weight.Use;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds the weights of a model with their readers, by the scoping of graphs within graphs. */
final class WeightSearch {
  private final Map<GraphPath, Scope> scopes = new LinkedHashMap<>();

  private WeightSearch() {}

  /** A constant under observation. */
  private static final class Found {
    private final Tensor tensor;
    private final List<Use> uses = new ArrayList<>();
    private boolean output;

    private Found(Tensor tensor) {
      this.tensor = tensor;
    }
  }

  /**
   * What names mean in a graph.
   *
   * @param own the constants it holds, in file order
   * @param visible these and those of the graphs around it that it does not hide
   */
  private record Scope(Map<String, Found> own, Map<String, Found> visible) {}

  static List<Weight> of(Graph graph) {
    WeightSearch search = new WeightSearch();
    GraphPath.walk(graph, search::visit);
    List<Weight> weights = new ArrayList<>();
    search.scopes.forEach((path, scope) ->
        scope.own.forEach((name, found) -> {
          if (found.tensor.dtype().isFloat()) {
            weights.add(new Weight(path, name, found.tensor, found.uses, found.output));
          }
        }));
    return weights;
  }

  /** Graphs come after the graph around them. */
  private void visit(GraphPath path, Graph graph) {
    Scope scope = scope(path, graph);
    scopes.put(path, scope);
    for (Node node : graph.nodes()) {
      for (int i = 0; i < node.inputs().size(); i++) {
        Found read = scope.visible.get(node.input(i));
        if (read != null) {
          read.uses.add(new Use(path, node, i));
        }
      }
    }
    graph
        .outputs()
        .forEach(output -> {
          Found returned = scope.visible.get(output.name());
          if (returned != null) {
            returned.output = true;
          }
        });
  }

  private Scope scope(GraphPath path, Graph graph) {
    Map<String, Found> visible = new HashMap<>();
    if (!path.isMain()) {
      Scope outer = scopes.get(path.enclosing());
      if (outer != null) {
        visible.putAll(outer.visible);
      }
    }
    graph.inputs().forEach(input -> visible.remove(input.name()));
    graph.nodes().forEach(node -> node.outputs().forEach(visible::remove));
    Map<String, Found> own = new LinkedHashMap<>();
    constants(graph).forEach((name, tensor) -> own.put(name, new Found(tensor)));
    visible.putAll(own);
    return new Scope(own, visible);
  }

  private static Map<String, Tensor> constants(Graph graph) {
    Map<String, Tensor> constants = new LinkedHashMap<>(graph.initializers());
    for (Node node : graph.nodes()) {
      node.constantTensor().ifPresent(value -> constants.put(node.outputs().getFirst(), value));
    }
    return constants;
  }
}
