package dev.swage.train.quantize;

import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Gives quantizers of activations a range to observe, for scales that begin later. */
public final class ObservedRanges {
  private ObservedRanges() {}

  /** The model with ranges; those of its own inputs are known, and their scales stay. */
  public static OnnxModel addedTo(OnnxModel model) {
    Graph graph = model.graph();
    Graph.Builder builder = graph.toBuilder();
    Set<String> known = ofInputs(graph);
    FreshNames names = FreshNames.of(graph);
    Map<String, String> ranges = new HashMap<>();
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (!lacksRange(node) || known.contains(node.input(FakeQuantize.SCALE))) {
        nodes.add(node);
        continue;
      }
      String range =
          ranges.computeIfAbsent(
              node.input(FakeQuantize.SCALE),
              scale -> {
                String name = names.added(scale + ".range");
                builder.initializer(name, range(graph, node));
                return name;
              });
      List<String> inputs = new ArrayList<>(node.inputs());
      inputs.add(range);
      nodes.add(node.withInputs(inputs));
    }
    return model.withGraph(builder.nodes(nodes).build());
  }

  private static boolean lacksRange(Node node) {
    return FakeQuantize.is(node)
        && !FakeQuantize.of(node).weight()
        && node.input(FakeQuantize.RANGE).isEmpty();
  }

  /** Scales that inputs of the graph have, alone or with other values. */
  private static Set<String> ofInputs(Graph graph) {
    Set<String> inputs = graph.feeds().stream().map(ValueInfo::name).collect(Collectors.toSet());
    return graph.nodes().stream()
        .filter(node -> FakeQuantize.is(node) && inputs.contains(node.input(0)))
        .map(node -> node.input(FakeQuantize.SCALE))
        .collect(Collectors.toSet());
  }

  private static Tensor range(Graph graph, Node node) {
    FakeQuantize facts = FakeQuantize.of(node);
    QuantParams params =
        QuantizerParams.of(
            Shape.of(),
            initializer(graph, node.input(FakeQuantize.SCALE)),
            initializer(graph, node.input(FakeQuantize.ZERO_POINT)),
            facts.scheme(),
            node.input(0));
    return of(params, facts.scheme());
  }

  /** What the smallest and the largest code stand for. */
  static Tensor of(QuantParams params, QuantScheme scheme) {
    float scale = params.scales()[0];
    int zero = params.zeroPoints()[0];
    return Tensor.ofFloats(
        Shape.of(2), (scheme.qmin() - zero) * scale, (scheme.qmax() - zero) * scale);
  }

  private static float[] initializer(Graph graph, String name) {
    return Objects.requireNonNull(graph.initializers().get(name), name).toFloats();
  }
}
