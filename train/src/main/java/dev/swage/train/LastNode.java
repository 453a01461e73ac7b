package dev.swage.train;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.train.quantize.FakeQuantize;
import java.util.Optional;

/** The node that gives an output. */
final class LastNode {
  private LastNode() {}

  /** That which gives a value; where a quantizer does, that before it. */
  static Optional<Node> of(Graph graph, String output) {
    GraphIndex index = GraphIndex.of(graph);
    Optional<Node> last = index.producer(output);
    return last.filter(FakeQuantize::is).isPresent() ? index.producer(last.get().input(0)) : last;
  }
}
