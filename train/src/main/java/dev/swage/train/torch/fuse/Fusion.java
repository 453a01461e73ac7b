package dev.swage.train.torch.fuse;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Puts together what exporters take apart: layer normalization, GELU, attention, and a product with
 * its bias; and spares quantizers passes over memory. The graph that comes out computes the same up
 * to rounding, with the same weights under the same names; it is run, never written.
 */
public final class Fusion {
  /** The domain of operators that are only run. */
  static final String DOMAIN = "dev.swage";

  private static final List<Pattern> PATTERNS =
      List.of(
          new LayerNormPattern(),
          new GeluPattern(),
          new AttentionPattern(),
          new LinearPattern(),
          new RepeatedQuantizerPattern());

  private Fusion() {}

  /** For a graph whose quantizers make codes at every step. */
  public static Graph of(Graph graph) {
    return of(graph, true);
  }

  /**
   * For any graph.
   *
   * @param codes whether quantizers make codes at every step; one that passes floats in the
   *     beginning does not do what a Relu before it does
   */
  public static Graph of(Graph graph, boolean codes) {
    Graph fused = graph;
    for (Pattern pattern : PATTERNS) {
      fused = applied(pattern, fused);
    }
    return codes ? applied(new QuantizedReluPattern(), fused) : fused;
  }

  private static Graph applied(Pattern pattern, Graph graph) {
    Values values = new Values(graph);
    Map<Node, Node> replacements = new HashMap<>();
    Set<Node> gone = new HashSet<>();
    for (Node node : graph.nodes()) {
      Optional<Pattern.Match> match = pattern.match(node, values);
      if (match.isPresent() && match.get().nodes().stream().noneMatch(gone::contains)) {
        gone.addAll(match.get().nodes());
        replacements.put(node, match.get().replacement());
      }
    }
    if (replacements.isEmpty()) {
      return graph;
    }
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (replacements.containsKey(node)) {
        nodes.add(replacements.get(node));
      } else if (!gone.contains(node)) {
        nodes.add(node);
      }
    }
    return graph.toBuilder().nodes(nodes).build();
  }
}
