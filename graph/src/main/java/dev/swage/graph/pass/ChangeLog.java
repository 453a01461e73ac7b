package dev.swage.graph.pass;

import dev.swage.onnx.Node;
import java.util.List;

/** Takes down the changes as a pass makes them. */
public interface ChangeLog {
  void add(Change change);

  default void add(Node node, List<String> tensors) {
    add(List.of(node), tensors);
  }

  default void add(List<Node> nodes, List<String> tensors) {
    add(new Change(nodes, tensors, ""));
  }

  default void add(List<String> tensors, String detail) {
    add(new Change(List.of(), tensors, detail));
  }
}
