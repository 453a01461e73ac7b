package dev.swage.graph;

import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.List;

/** Collects the changes as passes make them. */
final class RewriteLog {
  private final List<Rewrite> rewrites = new ArrayList<>();

  void add(RewriteKind kind, Node node, List<String> tensors) {
    add(kind, List.of(node), tensors);
  }

  void add(RewriteKind kind, List<Node> nodes, List<String> tensors) {
    add(new Rewrite(kind, nodes.stream().map(Node::describe).toList(), tensors, ""));
  }

  void add(RewriteKind kind, List<String> tensors, String detail) {
    add(new Rewrite(kind, List.of(), tensors, detail));
  }

  void add(Rewrite rewrite) {
    rewrites.add(rewrite);
  }

  int size() {
    return rewrites.size();
  }

  List<Rewrite> rewrites() {
    return List.copyOf(rewrites);
  }
}
