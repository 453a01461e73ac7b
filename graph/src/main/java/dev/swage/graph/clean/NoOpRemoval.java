package dev.swage.graph.clean;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Renaming;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Removes nodes that hand on their input as it is; outputs of the graph keep their names. */
public final class NoOpRemoval implements Pass {
  @Override
  public Graph apply(Graph graph, Scope scope) {
    Removal removal = new Removal(graph, scope);
    graph.nodes().forEach(removal::visit);
    return removal.result();
  }

  /** One graph under work. */
  private static final class Removal {
    private final Graph graph;
    private final Scope scope;
    private final Set<String> outputs = new HashSet<>();
    private final Set<String> computed = new HashSet<>();
    private final Map<String, String> names = new HashMap<>();
    private final List<Node> kept = new ArrayList<>();

    Removal(Graph graph, Scope scope) {
      this.graph = graph;
      this.scope = scope;
      graph.outputs().forEach(output -> outputs.add(output.name()));
    }

    void visit(Node node) {
      if (NoOps.isNoOp(node, scope) && bridge(node)) {
        scope.log().add(node, List.of(node.outputs().getFirst()));
      } else {
        kept.add(node);
        computed.addAll(node.outputs());
      }
    }

    /** Leads readers of the node's output to its input, or the other way round for an output. */
    private boolean bridge(Node node) {
      String source = names.getOrDefault(node.input(0), node.input(0));
      String result = node.outputs().getFirst();
      if (!outputs.contains(result)) {
        names.put(result, source);
        return true;
      }
      if (!computed.contains(source) || outputs.contains(source)) {
        return false;
      }
      names.replaceAll((from, to) -> to.equals(source) ? result : to);
      names.put(source, result);
      computed.remove(source);
      computed.add(result);
      return true;
    }

    Graph result() {
      return names.isEmpty() ? graph : graph.toBuilder().nodes(Renaming.apply(kept, names)).build();
    }
  }
}
