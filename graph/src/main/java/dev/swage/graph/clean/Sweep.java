package dev.swage.graph.clean;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.ValueInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Removes nodes and weights that no output depends on.
 *
 * @param named whether each is named in the log: what the file itself held for nothing, not what
 *     another change, named already, has left over
 */
public record Sweep(boolean named) implements Pass {
  @Override
  public Graph apply(Graph graph, Scope scope) {
    Set<String> read = new HashSet<>();
    graph.outputs().forEach(output -> read.add(output.name()));
    List<Node> kept = new ArrayList<>();
    for (Node node : graph.nodes().reversed()) {
      if (node.outputs().stream().anyMatch(read::contains)) {
        kept.add(withoutMask(node, read));
        read.addAll(node.inputs());
        node.subgraphs().forEach(inner -> read.addAll(GraphIndex.captures(inner)));
      } else if (named) {
        scope.log().add(node, node.outputs());
      }
    }
    Collections.reverse(kept);
    return withoutUnread(graph.toBuilder().nodes(kept), graph, read, scope);
  }

  /** A Dropout whose mask nobody reads, without the mask, which changed its type in opset 10. */
  private static Node withoutMask(Node node, Set<String> read) {
    boolean unread =
        node.is("Dropout")
            && node.outputs().size() == 2
            && !read.contains(node.outputs().getLast());
    return unread ? node.withOutputs(List.of(node.outputs().getFirst())) : node;
  }

  private Graph withoutUnread(Graph.Builder builder, Graph graph, Set<String> read, Scope scope) {
    Set<String> inputs = new HashSet<>();
    graph.inputs().forEach(input -> inputs.add(input.name()));
    for (String weight : graph.initializers().keySet()) {
      if (!read.contains(weight) && !inputs.contains(weight)) {
        builder.removeInitializer(weight);
        if (named) {
          scope.log().add(List.of(weight), "");
        }
      }
    }
    return builder.valueInfos(described(graph, builder)).build();
  }

  /** Descriptions of values that are still there. */
  private static List<ValueInfo> described(Graph graph, Graph.Builder builder) {
    Set<String> values = new HashSet<>();
    Graph swept = builder.build();
    swept.nodes().forEach(node -> values.addAll(node.outputs()));
    values.addAll(swept.initializers().keySet());
    return graph.valueInfos().stream().filter(value -> values.contains(value.name())).toList();
  }
}
