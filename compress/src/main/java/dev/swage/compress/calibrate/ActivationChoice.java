package dev.swage.compress.calibrate;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which values of a graph are worth observing: those that depend on the inputs and that an operator
 * reads or writes which ONNX Runtime has integer kernels for, or which passes codes through.
 *
 * @param tensors names in graph order, the inputs first
 * @param leftOut every other value that nodes compute, and why
 */
record ActivationChoice(List<String> tensors, List<LeftOut> leftOut) {
  private static final Set<String> QUANTIZABLE =
      Set.of(
          ("Add ArgMax Attention AveragePool BatchNormalization BiasGelu Clip Concat Conv"
                  + " ConvTranspose DepthToSpace Div Elu EmbedLayerNormalization Expand FastGelu"
                  + " Flatten FusedMatMul GRU Gather Gelu Gemm GlobalAveragePool GlobalMaxPool"
                  + " HardSigmoid HardSwish InstanceNormalization LSTM LayerNormalization LeakyRelu"
                  + " MatMul Max MaxPool Min Mul MultiHeadAttention PRelu Pad RNN ReduceMax"
                  + " ReduceMean ReduceMin Relu Reshape Resize Sigmoid SkipLayerNormalization Slice"
                  + " Softmax SpaceToDepth Split Squeeze Sub Sum Tanh Tile Transpose Unsqueeze"
                  + " Upsample Where")
              .split(" "));

  ActivationChoice {
    tensors = List.copyOf(tensors);
    leftOut = List.copyOf(leftOut);
  }

  static ActivationChoice of(Graph graph) {
    Set<String> variable = new LinkedHashSet<>();
    graph.feeds().forEach(feed -> variable.add(feed.name()));
    Set<String> touched = new HashSet<>();
    Map<String, LeftOutReason> reasons = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      boolean depends =
          node.inputs().stream().anyMatch(variable::contains) || !node.subgraphs().isEmpty();
      for (String output : node.outputs()) {
        if (output.isEmpty()) {
          continue;
        }
        if (depends) {
          variable.add(output);
        } else {
          reasons.put(output, LeftOutReason.CONSTANT);
        }
      }
      if (QUANTIZABLE.contains(node.opType())) {
        touched.addAll(node.inputs());
        touched.addAll(node.outputs());
      }
    }
    List<String> tensors = new ArrayList<>();
    for (String value : variable) {
      if (touched.contains(value)) {
        tensors.add(value);
      } else {
        reasons.put(value, LeftOutReason.NO_QUANTIZABLE_OPERATOR);
      }
    }
    List<LeftOut> leftOut = new ArrayList<>();
    reasons.forEach((value, reason) -> leftOut.add(new LeftOut(value, reason)));
    leftOut.addAll(inSubgraphs(graph));
    return new ActivationChoice(tensors, leftOut);
  }

  private static List<LeftOut> inSubgraphs(Graph graph) {
    Set<String> inside = new LinkedHashSet<>();
    for (Node node : graph.nodes()) {
      for (Graph body : node.subgraphs()) {
        body.walk(inner ->
            inner.nodes().stream()
                .filter(step -> QUANTIZABLE.contains(step.opType()))
                .forEach(step -> inside.addAll(step.outputs())));
      }
    }
    inside.remove("");
    return inside.stream().map(value -> new LeftOut(value, LeftOutReason.IN_SUBGRAPH)).toList();
  }
}
