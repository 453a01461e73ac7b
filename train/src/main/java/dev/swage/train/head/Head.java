package dev.swage.train.head;

import dev.swage.graph.GraphEvaluator;
import dev.swage.graph.Preparation;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OutputMeaning;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.DType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Gives a model a head of its own: a linear layer with fresh weights, {@code head.weight} and
 * {@code head.bias}, whose outputs are the model's first output.
 *
 * <ul>
 *   <li>A classifier, whose first output comes from a linear layer, through nothing but activations
 *       and changes of shape: that layer is replaced, and what is behind it stays. Only a Relu
 *       between it and a softmax goes.
 *   <li>Anything else, such as an encoder: the layer comes behind the first output. A sequence
 *       {@code [n, steps, width]} is averaged over its steps, those that an input {@code *mask*} of
 *       the rank 2 has ones for, where there is one; an image {@code [n, channels, height, width]}
 *       over its places. The model has this one output then.
 * </ul>
 *
 * <p>The weights are drawn uniformly from ±1/√inputs; the bias is zero. What the metadata said of
 * the classes before goes.
 */
public final class Head {
  static final String WEIGHT = "head.weight";
  static final String BIAS = "head.bias";

  private Head() {}

  /** The model with a head for so many classes, or values, drawn from seed 0. */
  public static OnnxModel replace(OnnxModel model, int outputs) {
    return replace(model, outputs, 0);
  }

  /**
   * The model with a head for so many classes, or values.
   *
   * @param seed what the weights are drawn from
   * @throws OnnxException if the width of what the head is to read is not known
   */
  public static OnnxModel replace(OnnxModel model, int outputs, long seed) {
    if (outputs < 1) {
      throw new IllegalArgumentException("a head has at least 1 output, got " + outputs);
    }
    OnnxModel inlined = Preparation.inlined(model, GraphEvaluator.none());
    Graph graph = inlined.graph();
    Optional<LastLayer> last = LastLayer.of(graph);
    FreshHead fresh = new FreshHead(FreshNames.of(graph), outputs, seed);
    Graph changed =
        last.isPresent() ? replaced(graph, last.get(), fresh) : appended(inlined, fresh);
    return Preparation.swept(inlined.withGraph(changed))
        .withoutMetadata("swage.classes", "swage.label", OutputMeaning.KEY);
  }

  private static Graph replaced(Graph graph, LastLayer last, FreshHead fresh) {
    Graph.Builder builder = graph.toBuilder();
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (node.equals(last.end())) {
        nodes.addAll(
            fresh.layer(builder, last.features(), last.inputs(), last.end().outputs().getFirst()));
      } else if (!node.equals(last.product())) {
        nodes.add(TailShape.adapted(graph, node, last, fresh.outputs(), builder));
      }
    }
    Set<String> stale = new HashSet<>(last.tail());
    builder.valueInfos(
        graph.valueInfos().stream().filter(info -> !stale.contains(info.name())).toList());
    return builder
        .nodes(nodes)
        .outputs(
            graph.outputs().stream()
                .map(output -> stale.contains(output.name()) ? resized(output, fresh) : output)
                .toList())
        .build();
  }

  /** With the number of outputs for its last axis. */
  private static ValueInfo resized(ValueInfo output, FreshHead fresh) {
    return new ValueInfo(
        output.name(),
        output.dtype(),
        output
            .dims()
            .map(dims -> {
              List<Dim> resized = new ArrayList<>(dims);
              if (!resized.isEmpty()) {
                resized.set(resized.size() - 1, new Dim.Fixed(fresh.outputs()));
              }
              return resized;
            }));
  }

  private static Graph appended(OnnxModel model, FreshHead fresh) {
    Graph graph = model.graph();
    Graph.Builder builder = graph.toBuilder();
    List<Node> nodes = new ArrayList<>(graph.nodes());
    Pooling pooling = new Pooling(model, fresh.names());
    String features = pooling.pooled(graph.outputs().getFirst(), nodes, builder);
    String logits = fresh.names().next("logits");
    nodes.addAll(fresh.layer(builder, features, pooling.width(), logits));
    return builder
        .nodes(nodes)
        .outputs(List.of(ValueInfo.batched(logits, DType.FLOAT32, fresh.outputs())))
        .build();
  }
}
