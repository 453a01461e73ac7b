package dev.swage.compress.plan;

import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import java.util.OptionalDouble;

/**
 * One node and what happens to it.
 *
 * @param name its own, or that of its first output where it has none; behind the path of its graph
 * @param expectedSqnrDb signal to noise at its output, if errors were independent and everything
 *     before it exact; +∞ when nothing is lost, empty where nothing becomes codes or nothing is
 *     known
 */
public record PlannedNode(
    String name, String operator, NodeChoice choice, OptionalDouble expectedSqnrDb) {
  /** A node of which nothing is expected. */
  public static PlannedNode of(String name, String operator, NodeChoice choice) {
    return new PlannedNode(name, operator, choice, OptionalDouble.empty());
  }

  /** What a plan calls a node of a graph: its name, or that of its first output. */
  public static String nameOf(Node node) {
    return node.name().isEmpty() ? node.outputs().getFirst() : node.name();
  }

  /** What a plan calls a node of the graph at this path. */
  public static String nameOf(GraphPath path, Node node) {
    return path.key(nameOf(node));
  }
}
