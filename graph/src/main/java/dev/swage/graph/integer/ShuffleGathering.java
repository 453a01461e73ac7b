package dev.swage.graph.integer;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Replacements;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A channel shuffle, written as a Reshape of {@code [N, g·n, H, W]} to {@code [N, g, n, H, W]}, a
 * Transpose of the two, and a Reshape back, becomes a Gather of channels, which moves whole
 * channels where the Transpose moves elements: channel {@code j·g + i} is channel {@code i·n + j}.
 */
public final class ShuffleGathering implements Pass {
  @Override
  public Graph apply(Graph graph, Scope scope) {
    Replacements replaced = new Replacements(graph, scope);
    Map<List<Long>, String> orders = new HashMap<>();
    for (Node transpose : graph.nodes()) {
      Optional<Shuffle> shuffle = Shuffle.of(transpose, replaced.index(), scope);
      shuffle.ifPresent(found -> {
        String order =
            orders.computeIfAbsent(
                List.of(found.groups(), found.each()),
                key -> replaced.store(transpose.outputs().getFirst() + "_channels", found.order()));
        Node gather =
            Node.of(
                    found.join().name(),
                    "Gather",
                    List.of(found.split().input(0), order),
                    found.join().outputs().getFirst())
                .with("axis", Attribute.of(1));
        replaced.replace(found.split());
        replaced.replace(transpose);
        replaced.replace(found.join(), gather);
        scope.log().add(List.of(found.split(), transpose, found.join()), List.of(order));
      });
    }
    return replaced.result();
  }

  /** The three nodes of a shuffle of {@code groups · each} channels. */
  private record Shuffle(Node split, Node join, long groups, long each) {
    static Optional<Shuffle> of(Node transpose, GraphIndex index, Scope scope) {
      long[] perm = transpose.intsAttribute("perm");
      if (!transpose.is("Transpose") || perm.length < 3 || !swapsSecondAndThird(perm)) {
        return Optional.empty();
      }
      Optional<Node> split =
          index
              .onlyConsumer(transpose.input(0))
              .flatMap(only -> index.producer(transpose.input(0)))
              .filter(node -> node.is("Reshape"));
      Optional<Node> join =
          index.onlyConsumer(transpose.outputs().getFirst()).filter(node -> node.is("Reshape"));
      if (split.isEmpty() || join.isEmpty()) {
        return Optional.empty();
      }
      Optional<Shape> before = scope.facts().shape(split.get().input(0));
      Optional<Shape> between = scope.facts().shape(transpose.input(0));
      Optional<Shape> after = scope.facts().shape(join.get().outputs().getFirst());
      boolean shuffles =
          before.isPresent()
              && before.equals(after)
              && between.isPresent()
              && splitsChannels(before.get(), between.get());
      return shuffles
          ? Optional.of(
              new Shuffle(split.get(), join.get(), between.get().dim(1), between.get().dim(2)))
          : Optional.empty();
    }

    private static boolean swapsSecondAndThird(long[] perm) {
      long[] swapped = new long[perm.length];
      Arrays.setAll(swapped, i -> i);
      swapped[1] = 2;
      swapped[2] = 1;
      return Arrays.equals(perm, swapped);
    }

    private static boolean splitsChannels(Shape before, Shape between) {
      long[] dims = between.toArray();
      if (dims.length != before.rank() + 1) {
        return false;
      }
      long[] joined = new long[before.rank()];
      joined[0] = dims[0];
      joined[1] = dims[1] * dims[2];
      System.arraycopy(dims, 3, joined, 2, joined.length - 2);
      return Arrays.equals(joined, before.toArray());
    }

    Tensor order() {
      long[] order = new long[Math.toIntExact(groups * each)];
      for (int i = 0; i < groups; i++) {
        for (int j = 0; j < each; j++) {
          order[Math.toIntExact(j * groups + i)] = i * each + j;
        }
      }
      return Tensor.ofLongs(Shape.of(order.length), order);
    }
  }
}
