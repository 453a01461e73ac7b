package dev.swage.compress;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * A floating-point constant of a model, and who reads it.
 *
 * @param path the graph that holds it
 * @param name initializer, or output of a Constant node
 * @param uses the nodes that read it, in its own graph and in the graphs within that
 * @param output whether it is an output of its graph, or of one within
 */
record Weight(GraphPath path, String name, Tensor tensor, List<Use> uses, boolean output) {
  Weight {
    uses = List.copyOf(uses);
  }

  /** One input of one node of the graph at {@code path}. */
  record Use(GraphPath path, Node node, int index) {
    /** The node in words, with the graph it stands in. */
    String describe() {
      return path.isMain() ? node.describe() : node.describe() + " in " + path;
    }
  }

  /** All floating-point weights of a graph and of the graphs within it, in file order. */
  static List<Weight> of(Graph graph) {
    return WeightSearch.of(graph);
  }

  /** What it is called in plans and reports. */
  String key() {
    return path.key(name);
  }

  /** Whether each index of its first axis is a filter of a convolution. */
  boolean isFilter() {
    return uses.stream()
        .allMatch(use ->
            WeightRole.of(use.node(), use.index()).equals(Optional.of(WeightRole.CONVOLUTION)));
  }

  /**
   * Where its codes belong: in the innermost graph that all its readers see, so that a branch not
   * taken costs nothing and ONNX Runtime can fuse what lies side by side; but not inside a body
   * that its own graph runs many times.
   */
  GraphPath home() {
    GraphPath home = uses.getFirst().path();
    for (Use use : uses) {
      home = home.common(use.path());
    }
    for (GraphPath at = home; !at.equals(path); at = at.enclosing()) {
      if (!at.isBranch()) {
        home = at.enclosing();
      }
    }
    return home;
  }
}
