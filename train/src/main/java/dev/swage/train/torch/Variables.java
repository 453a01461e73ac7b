package dev.swage.train.torch;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.InputRole;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.train.quantize.QuantizerSchedule;
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
 * @param scales of quantizers, at a step of the schedule
 */
record Variables(List<String> trained, List<String> statistics, List<String> scales) {
  static Variables of(Graph graph, List<String> trained) {
    return of(graph, trained, QuantizerSchedule.CONSTANT);
  }

  static Variables of(Graph graph, List<String> trained, QuantizerSchedule quantizers) {
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
    Set<String> scales = quantizers.changed(graph, Set.copyOf(trained));
    scales.removeAll(statistics);
    return new Variables(trained, new ArrayList<>(statistics), new ArrayList<>(scales));
  }

  /** What changes without gradients. */
  List<String> others() {
    List<String> others = new ArrayList<>(statistics);
    others.addAll(scales);
    return others;
  }

  Set<String> all() {
    Set<String> all = new HashSet<>(trained);
    all.addAll(statistics);
    all.addAll(scales);
    return all;
  }
}
