package dev.swage.graph;

import dev.swage.graph.pass.Change;
import dev.swage.graph.pass.ChangeLog;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Collects the changes as passes make them, and names their kinds. */
final class RewriteLog {
  private final List<Rewrite> rewrites = new ArrayList<>();

  /** Where a pass adds its changes. */
  ChangeLog of(Function<Change, RewriteKind> kind) {
    return change -> rewrites.add(rewrite(kind.apply(change), change));
  }

  private static Rewrite rewrite(RewriteKind kind, Change change) {
    List<String> nodes = change.nodes().stream().map(Node::describe).toList();
    return new Rewrite(kind, nodes, change.tensors(), change.detail());
  }

  void add(RewriteKind kind, List<String> tensors, String detail) {
    rewrites.add(new Rewrite(kind, List.of(), tensors, detail));
  }

  int size() {
    return rewrites.size();
  }

  List<Rewrite> rewrites() {
    return List.copyOf(rewrites);
  }
}
