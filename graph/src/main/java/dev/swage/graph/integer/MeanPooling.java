package dev.swage.graph.integer;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Replacements;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A ReduceMean over all axes behind the channels, as exporters write {@code x.mean([2, 3])},
 * becomes a GlobalAveragePool, which is the same and has an integer kernel; where it drops the
 * axes, a Flatten does behind it.
 */
public final class MeanPooling implements Pass {
  @Override
  public Graph apply(Graph graph, Scope scope) {
    Replacements replaced = new Replacements(graph, scope);
    for (Node mean : graph.nodes()) {
      if (!mean.is("ReduceMean") || !isOverSpace(mean, scope)) {
        continue;
      }
      String output = mean.outputs().getFirst();
      boolean keeps = mean.intAttribute("keepdims", 1) != 0;
      String pooled = keeps ? output : scope.names().next(output + "_pooled");
      Node pool = Node.of(mean.name(), "GlobalAveragePool", List.of(mean.input(0)), pooled);
      if (keeps) {
        replaced.replace(mean, pool);
      } else {
        Node flatten =
            Node.of(scope.names().next(output + "_flatten"), "Flatten", List.of(pooled), output)
                .with("axis", Attribute.of(1));
        replaced.replace(mean, pool, flatten);
      }
      scope.log().add(mean, List.of(output));
    }
    return replaced.result();
  }

  private static boolean isOverSpace(Node mean, Scope scope) {
    int rank = scope.facts().rank(mean.input(0)).orElse(0);
    Optional<long[]> axes =
        mean.input(1).isEmpty()
            ? Optional.of(mean.intsAttribute("axes"))
            : scope.integers(mean.input(1));
    if (rank < 3 || axes.isEmpty()) {
      return false;
    }
    long[] sorted = Arrays.stream(axes.get()).map(axis -> axis < 0 ? axis + rank : axis).toArray();
    Arrays.sort(sorted);
    long[] space = new long[rank - 2];
    Arrays.setAll(space, i -> i + 2);
    return Arrays.equals(sorted, space);
  }
}
