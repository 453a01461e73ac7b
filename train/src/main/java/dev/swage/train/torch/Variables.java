package dev.swage.train.torch;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.InputRole;
import dev.swage.onnx.op.OperatorFacts;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The initializers of a graph that training changes.
 *
 * @param trained weights, by gradients, in file order
 * @param statistics running statistics, by the batches that are seen
 */
record Variables(List<String> trained, List<String> statistics) {
  static Variables of(Graph graph, List<String> trained) {
    Set<String> statistics = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      OperatorFacts facts = OperatorFacts.of(node);
      for (int i = 0; i < node.inputs().size(); i++) {
        if (facts.role(node, i) instanceof InputRole.Statistic
            && graph.initializers().containsKey(node.input(i))) {
          statistics.add(node.input(i));
        }
      }
    }
    trained.forEach(statistics::remove);
    return new Variables(trained, new ArrayList<>(statistics));
  }

  Set<String> all() {
    Set<String> all = new HashSet<>(trained);
    all.addAll(statistics);
    return all;
  }
}
