package dev.swage.compress.weights;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Shape;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The nodes that multiply an input of the model as it comes, which nothing has normalized: there
 * small weights stand for large inputs. Further inside they mostly belong to inputs that do
 * nothing.
 */
public final class FirstLayers {
  private static final Set<String> REARRANGING =
      Set.of("Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze");

  private final GraphIndex index;
  private final Set<String> feeds;

  private FirstLayers(Graph graph) {
    this.index = GraphIndex.of(graph);
    this.feeds = graph.feeds().stream().map(ValueInfo::name).collect(Collectors.toSet());
  }

  public static FirstLayers of(Graph graph) {
    return new FirstLayers(graph);
  }

  /** Whether a node of the main graph reads one first, perhaps rearranged. */
  public boolean contains(Node node) {
    String value = node.input(0);
    for (Node at = index.producer(value).orElse(null);
        at != null && REARRANGING.contains(at.opType());
        at = index.producer(value).orElse(null)) {
      value = at.input(0);
    }
    return feeds.contains(value);
  }

  /**
   * Whether a vector is taken off the columns of an input of the model as it comes: their means, of
   * which one scale for all loses what the columns vary by.
   */
  boolean centres(Weight weight) {
    Shape shape = weight.tensor().shape();
    boolean vector =
        IntStream.range(0, shape.rank()).filter(axis -> shape.dim(axis) > 1).count() == 1;
    return vector
        && weight.uses().stream()
            .anyMatch(use ->
                use.path().isMain()
                    && use.node().is("Sub")
                    && use.index() == 1
                    && contains(use.node()));
  }

  /** Whether a scale for each output would lose what a weight multiplies some input with. */
  public boolean losesInputs(Weight weight, int bits) {
    return weight.uses().stream()
        .anyMatch(use ->
            use.path().isMain()
                && use.index() > 0
                && contains(use.node())
                && use.kind()
                    .filter(kind -> InputSpread.isLost(weight.tensor(), kind, bits))
                    .isPresent());
  }
}
