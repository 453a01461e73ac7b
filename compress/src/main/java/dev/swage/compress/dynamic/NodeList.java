package dev.swage.compress.dynamic;

import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The nodes of a graph that is being written, with new names for new ones. */
final class NodeList {
  private final FreshNames names;
  private final List<Node> nodes = new ArrayList<>();

  NodeList(FreshNames names) {
    this.names = names;
  }

  List<Node> nodes() {
    return nodes;
  }

  String fresh(String wish) {
    return names.added(wish);
  }

  Node add(Node node) {
    nodes.add(node);
    return node;
  }

  /** Adds a node of ONNX's own with a new output, which its name is too; gives that. */
  String compute(String opType, String wish, String... inputs) {
    String output = fresh(wish);
    add(Node.of(output, opType, List.of(inputs), output));
    return output;
  }

  /** The same with a given output. */
  void compute(String opType, String wish, List<String> inputs, String output) {
    add(Node.of(fresh(wish), opType, inputs, output));
  }

  /** Inputs without those omitted at the end. */
  static List<String> inputs(String... values) {
    int count = values.length;
    while (count > 0 && values[count - 1].isEmpty()) {
      count--;
    }
    return Arrays.asList(values).subList(0, count);
  }
}
