package dev.swage.compress.plan;

import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * One node and what happens to it.
 *
 * @param name its own, or that of its first output where it has none; behind the path of its graph
 * @param expectedSqnrDb signal to noise at its output, if errors were independent and everything
 *     before it exact; +∞ when nothing is lost, empty where nothing becomes codes or nothing is
 *     known
 * @param against why a quantized node goes none of the ways that were asked before its own, by
 *     their names; empty where its own was the first, or a plan was read from a file
 */
public record PlannedNode(
    String name,
    String operator,
    NodeChoice choice,
    OptionalDouble expectedSqnrDb,
    Map<String, NodeChoice.Keep> against) {
  public PlannedNode {
    against = Collections.unmodifiableMap(new LinkedHashMap<>(against));
  }

  /** A node of which nothing is said of other ways. */
  public PlannedNode(
      String name, String operator, NodeChoice choice, OptionalDouble expectedSqnrDb) {
    this(name, operator, choice, expectedSqnrDb, Map.of());
  }

  /** A node of which nothing is expected. */
  public static PlannedNode of(String name, String operator, NodeChoice choice) {
    return new PlannedNode(name, operator, choice, OptionalDouble.empty());
  }

  /** The same with another choice. */
  public PlannedNode withChoice(NodeChoice other) {
    return new PlannedNode(name, operator, other, expectedSqnrDb, against);
  }

  /** The same, and why it does not go these ways. */
  public PlannedNode withAgainst(Map<String, NodeChoice.Keep> ways) {
    return new PlannedNode(name, operator, choice, expectedSqnrDb, ways);
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
