package dev.swage.graph.integer;

import dev.swage.graph.fuse.ChannelAffine;
import dev.swage.graph.fuse.NormalizationFolding;
import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A BatchNormalization that could not be folded and stands before a Conv, with or without clipping
 * or pooling between, becomes a depthwise convolution of one element: the same sums, and an integer
 * kernel.
 */
public final class NormalizationConvolving implements Pass {
  private static final Set<String> PASSES =
      Set.of("AveragePool", "Clip", "GlobalAveragePool", "MaxPool", "Relu");

  @Override
  public Graph apply(Graph graph, Scope scope) {
    GraphIndex index = GraphIndex.of(graph);
    Graph.Builder builder = graph.toBuilder();
    List<Node> nodes = new ArrayList<>();
    boolean changed = false;
    for (Node node : graph.nodes()) {
      int rank = scope.facts().rank(node.input(0)).orElse(0);
      Optional<ChannelAffine> affine =
          NormalizationFolding.isInference(node)
                  && rank > 2
                  && isReadByConv(node.outputs().getFirst(), index)
              ? ChannelAffine.of(node, scope)
              : Optional.empty();
      nodes.add(affine.map(a -> convolution(node, a, rank, builder, scope)).orElse(node));
      changed |= affine.isPresent();
    }
    return changed ? builder.nodes(nodes).build() : graph;
  }

  private static boolean isReadByConv(String value, GraphIndex index) {
    return index.consumers(value).stream()
        .anyMatch(reader ->
            reader.is("Conv")
                || (PASSES.contains(reader.opType())
                    && isReadByConv(reader.outputs().getFirst(), index)));
  }

  private static Node convolution(
      Node normalization, ChannelAffine affine, int rank, Graph.Builder builder, Scope scope) {
    long[] dims = new long[rank];
    Arrays.fill(dims, 1);
    dims[0] = affine.channels();
    String output = normalization.outputs().getFirst();
    String weight = scope.names().next(output + "_factors");
    String bias = scope.names().next(output + "_shifts");
    builder.initializer(weight, affine.factors(Shape.of(dims)));
    builder.initializer(bias, affine.shiftVector());
    scope.log().add(normalization, List.of(weight, bias));
    return Node.of(
            normalization.name(), "Conv", List.of(normalization.input(0), weight, bias), output)
        .with("group", Attribute.of(affine.channels()));
  }
}
