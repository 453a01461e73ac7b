package dev.swage.run.time;

import dev.swage.onnx.Node;
import java.util.List;

/**
 * How long each node of a model takes, as ONNX Runtime runs it.
 *
 * @param nodes of the main graph that ONNX Runtime made of the model, in its order: with what it
 *     fused, and with the conversions and changes of layout that it put in
 * @param runs how many runs were timed
 */
public record NodeProfile(List<TimedNode> nodes, int runs) {
  public NodeProfile {
    nodes = List.copyOf(nodes);
  }

  /**
   * One node.
   *
   * @param node as ONNX Runtime runs it; a fused node mostly keeps the name of one that went into
   *     it, with something appended
   * @param millis of its kernel: the mean of the fastest quarter of the runs, which neither a busy
   *     machine nor the clock's whole microseconds distort much
   */
  public record TimedNode(Node node, double millis) {}

  /** Time in all kernels; what ONNX Runtime spends between them is not in it. */
  public double millis() {
    return nodes.stream().mapToDouble(TimedNode::millis).sum();
  }
}
