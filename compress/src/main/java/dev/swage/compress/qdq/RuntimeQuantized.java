package dev.swage.compress.qdq;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.onnx.op.WeightKind;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.Arrays;

/** The kept nodes that ONNX Runtime would quantize itself when they stand between codes. */
final class RuntimeQuantized {
  private RuntimeQuantized() {}

  /**
   * Whether it makes an integer operator of a node that it then refuses to load: QLinearAveragePool
   * is of a time before AveragePool had dilations.
   */
  static boolean isRefused(Node node) {
    return node.is("AveragePool")
        && Arrays.stream(node.intsAttribute("dilations")).anyMatch(step -> step != 1);
  }

  /** The length of axis 1 of such a node's first input; 0 for any other node. */
  static long channels(Node node, Graph graph) {
    Tensor weight = graph.initializers().get(node.input(1));
    if (weight == null || weight.dtype() != DType.FLOAT32 || weight.shape().rank() < 2) {
      return 0;
    }
    boolean plain = node.is("Gemm") && node.intAttribute("transA", 0) == 0;
    return OperatorFacts.of(node)
        .weight(node, 1)
        .filter(kind -> plain || kind.isConvolution())
        .map(kind -> weight.shape().dim(kind.inputAxis(weight.shape().rank())) * groups(node, kind))
        .orElse(0L);
  }

  private static long groups(Node node, WeightKind kind) {
    return kind == WeightKind.CONVOLUTION ? node.intAttribute("group", 1) : 1;
  }
}
