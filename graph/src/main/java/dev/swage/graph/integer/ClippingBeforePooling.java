package dev.swage.graph.integer;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Replacements;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.OperatorFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A Relu or Clip behind the MaxPool of a Conv goes before it, which is the same: the largest of
 * values, clipped, is the largest of clipped values. There the codes of the Conv can clip, and they
 * cover what is left of its range only; as floats, Conv and Relu are one kernel.
 */
public final class ClippingBeforePooling implements Pass {
  @Override
  public Graph apply(Graph graph, Scope scope) {
    Replacements replaced = new Replacements(graph, scope);
    for (Node clip : graph.nodes()) {
      pool(clip, graph, replaced)
          .ifPresent(pool -> {
            String clipped = scope.names().next(pool.input(0) + "_clipped");
            List<String> inputs = new ArrayList<>(clip.inputs());
            inputs.set(0, pool.input(0));
            Node first = clip.withInputs(inputs).withOutputs(List.of(clipped));
            Node second = pool.withInputs(List.of(clipped)).withOutputs(clip.outputs());
            replaced.replace(pool, first, second);
            replaced.replace(clip);
            scope.log().add(List.of(clip, pool), List.of(clipped));
          });
    }
    return replaced.result();
  }

  /** The MaxPool between a Conv and this node, where nothing else reads what is between them. */
  private static Optional<Node> pool(Node clip, Graph graph, Replacements replaced) {
    boolean clips = OperatorFacts.of(clip).clips();
    boolean boundsAreKnown =
        clip.inputs().stream()
            .skip(1)
            .allMatch(bound -> bound.isEmpty() || graph.initializers().containsKey(bound));
    return clips && boundsAreKnown
        ? replaced
            .onlyReadBy(clip, clip.input(0))
            .filter(node -> node.is("MaxPool") && node.outputs().size() == 1)
            .filter(pool ->
                replaced.onlyReadBy(pool, pool.input(0)).filter(n -> n.is("Conv")).isPresent())
        : Optional.empty();
  }
}
