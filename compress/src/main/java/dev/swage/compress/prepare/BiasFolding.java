package dev.swage.compress.prepare;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;

/**
 * An Add of one number per channel behind a Conv or ConvTranspose becomes the bias, or part of it.
 * MatMul and Add stay two nodes: ONNX Runtime fuses them itself.
 */
final class BiasFolding implements Pass {
  @Override
  public Graph apply(Graph graph, Scope scope) {
    GraphIndex index = GraphIndex.of(graph);
    Graph.Builder builder = graph.toBuilder();
    IdentityHashMap<Node, List<Node>> replaced = new IdentityHashMap<>();
    for (Node add : graph.nodes()) {
      if (!add.is("Add")) {
        continue;
      }
      for (int side = 0; side < 2 && !replaced.containsKey(add); side++) {
        Optional<LinearLayer> layer = layerBehind(add, side, index, scope);
        Optional<Tensor> constant = scope.constant(add.input(1 - side));
        if (layer.isPresent()
            && constant.isPresent()
            && !replaced.containsKey(layer.get().node())) {
          fold(layer.get(), add, constant.get(), builder, scope)
              .ifPresent(conv -> {
                replaced.put(layer.get().node(), List.of(conv));
                replaced.put(add, List.of());
              });
        }
      }
    }
    if (replaced.isEmpty()) {
      return graph;
    }
    List<Node> nodes = new ArrayList<>();
    graph.nodes().forEach(node -> nodes.addAll(replaced.getOrDefault(node, List.of(node))));
    return builder.nodes(nodes).build();
  }

  private static Optional<LinearLayer> layerBehind(
      Node add, int side, GraphIndex index, Scope scope) {
    return index
        .onlyConsumer(add.input(side))
        .filter(only -> only.equals(add))
        .flatMap(only -> index.producer(add.input(side)))
        .flatMap(node -> LinearLayer.of(node, scope))
        .filter(LinearLayer::isConvolution);
  }

  private static Optional<Node> fold(
      LinearLayer layer, Node add, Tensor constant, Graph.Builder builder, Scope scope) {
    int channels = layer.channels();
    return ChannelConstant.ofAxisOne(constant, channels, layer.weight().shape().rank())
        .map(shifts -> {
          String bias = scope.names().next(layer.node().outputs().getFirst() + "_bias");
          builder.initializer(bias, layer.shiftedBias(LinearLayer.ones(channels), shifts));
          scope.log().add(RewriteKind.BIAS_FOLDED, List.of(layer.node(), add), List.of(bias));
          return layer.with(layer.node().input(1), bias, add.outputs().getFirst());
        });
  }
}
