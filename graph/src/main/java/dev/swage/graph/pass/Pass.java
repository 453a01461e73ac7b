package dev.swage.graph.pass;

import dev.swage.graph.facts.Constants;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** One kind of change, made to one graph at a time; values that stay keep name and meaning. */
public interface Pass {
  /** The changed graph; the graphs inside its nodes are visited after it. */
  Graph apply(Graph graph, Scope scope);

  /** Applies this to a graph and all graphs inside it, each after the graph around it. */
  default Graph everywhere(Graph graph, Map<String, Tensor> outer, PassContext context) {
    Graph done = apply(graph, new Scope(Constants.visible(graph, outer), context));
    if (done.nodes().stream().allMatch(node -> node.subgraphs().isEmpty())) {
      return done;
    }
    Map<String, Tensor> visible = Constants.visible(done, outer);
    List<Node> nodes =
        done.nodes().stream()
            .map(node -> node.mapSubgraphs(inner -> everywhere(inner, visible, context)))
            .toList();
    return done.toBuilder().nodes(nodes).build();
  }
}
