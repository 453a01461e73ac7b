package dev.swage.compress.plan;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What plans call nodes: a name for each that no other node of its graph has. */
public final class NodeNames {
  private NodeNames() {}

  /** The model with names given to nodes that would be called like one before them. */
  public static OnnxModel distinct(OnnxModel model) {
    return model.withGraph(GraphPath.rewrite(model.graph(), (path, graph) -> distinct(graph)));
  }

  private static Graph distinct(Graph graph) {
    Set<String> taken = new HashSet<>();
    List<Node> nodes = new ArrayList<>();
    boolean changed = false;
    for (Node node : graph.nodes()) {
      String wish = PlannedNode.nameOf(node);
      String name = wish;
      for (int i = 2; !taken.add(name); i++) {
        name = wish + "_" + i;
      }
      changed |= !name.equals(wish);
      nodes.add(name.equals(wish) ? node : named(node, name));
    }
    return changed ? graph.toBuilder().nodes(nodes).build() : graph;
  }

  private static Node named(Node node, String name) {
    return new Node(
        name, node.opType(), node.domain(), node.inputs(), node.outputs(), node.attributes());
  }
}
