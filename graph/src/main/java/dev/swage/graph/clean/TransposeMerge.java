package dev.swage.graph.clean;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Two Transposes in a row become one: {@code perm[i] = first[second[i]]}. */
public final class TransposeMerge implements Pass {
  @Override
  public Graph apply(Graph graph, Scope scope) {
    GraphIndex index = GraphIndex.of(graph);
    List<Node> nodes = new ArrayList<>();
    boolean changed = false;
    for (Node node : graph.nodes()) {
      Optional<Node> first =
          node.is("Transpose")
              ? index.producer(node.input(0)).filter(p -> p.is("Transpose"))
              : Optional.empty();
      if (first.isPresent() && canCompose(first.get(), node)) {
        nodes.add(composed(first.get(), node));
        scope.log().add(List.of(first.get(), node), node.outputs());
        changed = true;
      } else {
        nodes.add(node);
      }
    }
    return changed ? graph.toBuilder().nodes(nodes).build() : graph;
  }

  private static boolean canCompose(Node first, Node second) {
    long[] inner = first.intsAttribute("perm");
    long[] outer = second.intsAttribute("perm");
    long rank = inner.length;
    return rank > 0
        && rank == outer.length
        && Arrays.stream(outer).allMatch(axis -> axis >= 0 && axis < rank);
  }

  private static Node composed(Node first, Node second) {
    long[] inner = first.intsAttribute("perm");
    long[] outer = second.intsAttribute("perm");
    long[] perm = new long[outer.length];
    for (int i = 0; i < perm.length; i++) {
      perm[i] = inner[Math.toIntExact(outer[i])];
    }
    return second.withInputs(List.of(first.input(0))).with("perm", Attribute.ints(perm));
  }
}
