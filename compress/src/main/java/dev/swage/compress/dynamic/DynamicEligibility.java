package dev.swage.compress.dynamic;

import dev.swage.compress.dynamic.DynamicPlan.PlannedNode;
import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.compress.qdq.NodeKeepReason;
import dev.swage.compress.qdq.QdqPlanner;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Which nodes could compute with codes, each taken for itself. */
final class DynamicEligibility {
  private final Scopes scopes;
  private final DynamicOptions options;
  private final Map<String, Keep> given;

  DynamicEligibility(Scopes scopes, DynamicOptions options, Map<String, Keep> given) {
    this.scopes = scopes;
    this.options = options;
    this.given = given;
  }

  /** Why a node cannot; empty when it can. */
  Optional<Keep> obstacle(GraphPath path, Node node) {
    if (isExcluded(path, node)) {
      return keep(NodeKeepReason.EXCLUDED, "");
    }
    Keep decided = given.get(PlannedNode.nameOf(path, node));
    if (decided != null) {
      return Optional.of(decided);
    }
    DynamicOperator operator = DynamicOperator.of(node);
    Optional<Keep> form =
        switch (operator) {
          case OTHER -> keep(NodeKeepReason.UNSUPPORTED_OPERATOR, node.opType());
          case MATMUL -> Optional.empty();
          case GEMM -> gemm(node);
          case CONV -> convolution(path, node);
          case LSTM -> lstm(node);
          case GATHER -> gather(path, node);
        };
    return form.or(() -> weights(path, node, operator));
  }

  private boolean isExcluded(GraphPath path, Node node) {
    return Stream.concat(Stream.of(node.name()), node.inputs().stream())
        .anyMatch(
            name -> options.exclude().contains(name) || options.exclude().contains(path.key(name)));
  }

  private static Optional<Keep> gemm(Node node) {
    boolean plain =
        node.floatAttribute("alpha", 1) == 1
            && node.floatAttribute("beta", 1) == 1
            && node.intAttribute("transA", 0) == 0;
    return plain
        ? Optional.empty()
        : keep(NodeKeepReason.UNSUPPORTED_FORM, "alpha, beta or transA");
  }

  private Optional<Keep> convolution(GraphPath path, Node node) {
    if (!options.convolutions()) {
      return keep(NodeKeepReason.NOT_WORTH_IT, "ConvInteger is slower than Conv");
    }
    // The bias is added in another shape, in which it is stored.
    String bias = node.input(2);
    return bias.isEmpty() || scopes.constant(path, bias).isPresent()
        ? Optional.empty()
        : keep(NodeKeepReason.WEIGHT_NOT_CONSTANT, bias);
  }

  private Optional<Keep> lstm(Node node) {
    if (options.form() == DynamicForm.STANDARD) {
      return keep(NodeKeepReason.NOT_STANDARD, node.opType());
    }
    return node.intAttribute("layout", 0) == 0
        ? Optional.empty()
        : keep(NodeKeepReason.UNSUPPORTED_FORM, "layout 1");
  }

  private Optional<Keep> gather(GraphPath path, Node node) {
    boolean table = scopes.constant(path, node.input(0)).isPresent();
    return table && node.intAttribute("axis", 0) == 0
        ? Optional.empty()
        : keep(NodeKeepReason.UNSUPPORTED_OPERATOR, "Gather of other than rows of a table");
  }

  private Optional<Keep> weights(GraphPath path, Node node, DynamicOperator operator) {
    for (int index : operator.weights()) {
      Optional<Scopes.Constant> weight = scopes.constant(path, node.input(index));
      if (weight.isEmpty()) {
        return keep(NodeKeepReason.WEIGHT_NOT_CONSTANT, node.input(index));
      }
      Optional<Keep> form = weight(weight.get().tensor(), operator);
      if (form.isPresent()) {
        return form;
      }
    }
    return Optional.empty();
  }

  private static Optional<Keep> weight(Tensor weight, DynamicOperator operator) {
    Shape shape = weight.shape();
    int least = operator == DynamicOperator.CONV || operator == DynamicOperator.LSTM ? 3 : 2;
    if (weight.dtype() != DType.FLOAT32 || shape.rank() < least) {
      return keep(NodeKeepReason.UNSUPPORTED_FORM, "weight " + weight);
    }
    return shape.elements() >= QdqPlanner.FEWEST_ELEMENTS
        ? Optional.empty()
        : keep(
            NodeKeepReason.CONSTANT_TOO_SMALL,
            "%d < %d elements".formatted(shape.elements(), QdqPlanner.FEWEST_ELEMENTS));
  }

  private static Optional<Keep> keep(NodeKeepReason reason, String detail) {
    return Optional.of(new Keep(reason, detail));
  }
}
