package dev.swage.train.head;

import dev.swage.data.Suggestion;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which outputs a model has. */
public final class ModelOutputs {
  private ModelOutputs() {}

  /**
   * The model with these outputs only, in this order; a loss reads the first. What only others need
   * goes.
   *
   * @throws OnnxException if it has no such output
   */
  public static OnnxModel keep(OnnxModel model, List<String> names) {
    Graph graph = model.graph();
    List<String> known = graph.outputs().stream().map(ValueInfo::name).toList();
    List<ValueInfo> kept = new ArrayList<>();
    for (String name : names) {
      if (!known.contains(name)) {
        throw new OnnxException(
            "the model has no output '%s'; %s".formatted(name, Suggestion.forWord(name, known)));
      }
      kept.add(graph.outputs().get(known.indexOf(name)));
    }
    return model.withGraph(swept(graph.toBuilder().outputs(kept).build()));
  }

  /** Without nodes and weights that nothing reads any more. */
  static Graph swept(Graph graph) {
    Set<String> read = new HashSet<>();
    graph.outputs().forEach(output -> read.add(output.name()));
    List<Node> kept = new ArrayList<>();
    for (Node node : graph.nodes().reversed()) {
      if (node.outputs().stream().anyMatch(read::contains)) {
        kept.add(node);
        read.addAll(node.inputs());
        node.subgraphs().forEach(inner -> read.addAll(GraphIndex.captures(inner)));
      }
    }
    Graph.Builder builder = graph.toBuilder().nodes(kept.reversed());
    graph.initializers().keySet().stream()
        .filter(name -> !read.contains(name))
        .forEach(builder::removeInitializer);
    return builder.build();
  }
}
