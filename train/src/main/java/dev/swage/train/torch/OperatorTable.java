package dev.swage.train.torch;

import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The operators of ONNX's own domain that can be executed and differentiated, by name. */
final class OperatorTable {
  private static final Map<String, Operator.Factory> FACTORIES = new HashMap<>();

  static {
    MatrixOperators.addTo(FACTORIES);
    ConvolutionOperators.addTo(FACTORIES);
    PoolingOperators.addTo(FACTORIES);
    NormalizationOperators.addTo(FACTORIES);
    ActivationOperators.addTo(FACTORIES);
    ArithmeticOperators.addTo(FACTORIES);
    ReductionOperators.addTo(FACTORIES);
    ShapeOperators.addTo(FACTORIES);
    RecurrentOperators.addTo(FACTORIES);
  }

  private OperatorTable() {}

  /** Names of the operators in the table; constants are folded before and are not among them. */
  static Set<String> names() {
    return Collections.unmodifiableSet(new TreeSet<>(FACTORIES.keySet()));
  }

  static Operator compile(NodeContext context) {
    Node node = context.node();
    Operator.Factory factory = node.is(node.opType()) ? FACTORIES.get(node.opType()) : null;
    if (factory == null) {
      throw new OnnxException(
          "node '%s': operator %s of domain '%s', opset %d is not supported in training"
              .formatted(
                  node.name().isEmpty() ? String.join(",", node.outputs()) : node.name(),
                  node.opType(),
                  node.domain().isEmpty() ? "ai.onnx" : node.domain(),
                  context.opset()));
    }
    return factory.compile(context);
  }
}
