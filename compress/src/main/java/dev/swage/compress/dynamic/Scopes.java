package dev.swage.compress.dynamic;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.tensor.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which constants the nodes of each graph of a model see: those of the graphs round it too. */
final class Scopes {
  /** A constant and the graph it belongs to. */
  record Constant(GraphPath path, String name, Tensor tensor) {
    /** What it is called in plans. */
    String key() {
      return path.key(name);
    }
  }

  private record Level(Map<String, Tensor> constants, Set<String> computed) {
    static Level of(Graph graph) {
      Map<String, Tensor> constants = new HashMap<>(graph.initializers());
      Set<String> computed = new HashSet<>();
      graph.inputs().forEach(input -> computed.add(input.name()));
      graph.nodes().forEach(node -> computed.addAll(node.outputs()));
      computed.forEach(constants::remove);
      return new Level(constants, computed);
    }
  }

  private final Map<GraphPath, Level> levels = new HashMap<>();

  Scopes(Graph main) {
    GraphPath.walk(main, (path, graph) -> levels.put(path, Level.of(graph)));
  }

  /** What a name means in a graph, if that is a constant. */
  Optional<Constant> constant(GraphPath path, String name) {
    GraphPath at = path;
    while (true) {
      Level level = levels.get(at);
      if (level == null) {
        throw new IllegalArgumentException("the model has no graph '%s'".formatted(at));
      }
      Tensor tensor = level.constants().get(name);
      if (tensor != null) {
        return Optional.of(new Constant(at, name, tensor));
      }
      if (level.computed().contains(name) || at.isMain()) {
        return Optional.empty();
      }
      at = at.enclosing();
    }
  }
}
