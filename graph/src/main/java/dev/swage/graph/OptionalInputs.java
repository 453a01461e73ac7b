package dev.swage.graph;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.op.InputRole;
import dev.swage.onnx.op.OperatorFacts;
import java.util.HashSet;
import java.util.Set;

/**
 * Which inputs that have a default are weights. Before IR version 4 every initializer had to be an
 * input, and exporters went on to write them so: a model whose initializers all are inputs, weights
 * among them, means nothing by it. Otherwise an input is a weight if some node takes it as one; a
 * gain, a threshold or a size is a setting that callers may feed.
 */
final class OptionalInputs {
  private OptionalInputs() {}

  /** The names of those that are weights. */
  static Set<String> weights(OnnxModel model) {
    Graph graph = model.graph();
    Set<String> optional = new HashSet<>();
    graph.inputs().stream().map(ValueInfo::name).forEach(optional::add);
    graph.feeds().forEach(feed -> optional.remove(feed.name()));
    Set<String> weights = new HashSet<>();
    graph.walk(inner -> inner.nodes().forEach(node -> collect(node, weights)));
    weights.retainAll(optional);
    boolean all = optional.containsAll(graph.initializers().keySet());
    return model.irVersion() < 4 || (all && !weights.isEmpty()) ? optional : weights;
  }

  private static void collect(Node node, Set<String> weights) {
    for (int i = 0; i < node.inputs().size(); i++) {
      boolean weight =
          switch (OperatorFacts.of(node).role(node, i)) {
            case InputRole.Weight w -> true;
            case InputRole.Normalization n -> true;
            case InputRole.Statistic s -> true;
            case InputRole.Peephole p -> true;
            case InputRole.Quantization q -> true;
            // Both operands of an Add are biases: a constant one may be an offset to be set.
            case InputRole.Bias b -> !node.is("Add");
            case InputRole.Activation a -> false;
            case InputRole.State s -> false;
            case InputRole.Shape s -> false;
            case InputRole.Other o -> false;
          };
      if (weight) {
        weights.add(node.input(i));
      }
    }
  }
}
