package dev.swage.data.yaml;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** Refuses texts whose aliases lead back to what they stand in: whoever walks them never ends. */
final class YamlShape {
  private enum State {
    OPEN,
    DONE
  }

  private final String file;
  private final IdentityHashMap<Node, State> states = new IdentityHashMap<>();

  private YamlShape(String file) {
    this.file = file;
  }

  /**
   * Checks all values below a node.
   *
   * @throws YamlException that names the line of a value that holds itself
   */
  static void requireTree(String file, Node root) {
    new YamlShape(file).visit(root);
  }

  private void visit(Node root) {
    Deque<Node> open = new ArrayDeque<>();
    open.push(root);
    while (!open.isEmpty()) {
      Node node = open.peek();
      if (states.get(node) != null) {
        states.put(node, State.DONE);
        open.pop();
        continue;
      }
      states.put(node, State.OPEN);
      for (Node part : parts(node)) {
        State state = states.get(part);
        if (state == State.OPEN) {
          throw new YamlException(
              at(part) + ": an alias in this value stands for the value itself, which has no end");
        }
        if (state == null) {
          open.push(part);
        }
      }
    }
  }

  private static List<Node> parts(Node node) {
    return switch (node) {
      case SequenceNode sequence -> sequence.getValue();
      case MappingNode mapping ->
          mapping.getValue().stream()
              .<Node>mapMulti((tuple, to) -> {
                to.accept(tuple.getKeyNode());
                to.accept(tuple.getValueNode());
              })
              .toList();
      default -> List.of();
    };
  }

  private String at(Node node) {
    Mark mark = node.getStartMark();
    return mark == null ? file : file + ":" + (mark.getLine() + 1);
  }
}
