package dev.swage.compress.dynamic;

import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.qdq.QdqPlanner;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Optional;

/** Which nodes could compute with codes, each taken for itself. */
final class DynamicEligibility {
  private final Scopes scopes;
  private final DynamicOptions options;
  private final Assignment given;

  DynamicEligibility(Scopes scopes, DynamicOptions options, Assignment given) {
    this.scopes = scopes;
    this.options = options;
    this.given = given;
  }

  /** Why a node cannot; empty when it can. */
  Optional<Keep> obstacle(GraphPath path, Node node) {
    Optional<Keep> decided =
        given.against(PlannedNode.nameOf(path, node), NodeChoice.Dynamic.class);
    if (decided.isPresent()) {
      return decided;
    }
    DynamicOperator operator = DynamicOperator.of(node);
    Optional<Keep> form =
        switch (operator) {
          case OTHER -> keep(KeepReason.NOT_AT_EVERY_RUN, node.opType());
          case MATMUL -> Optional.empty();
          case GEMM -> gemm(node);
          case CONV -> convolution(path, node);
          case LSTM -> lstm(node);
          case GATHER -> gather(path, node);
        };
    return otherType(path, node, operator).or(() -> form).or(() -> weights(path, node, operator));
  }

  /** Whatever else is said of a node, it would be no use where its weights are not float32. */
  private Optional<Keep> otherType(GraphPath path, Node node, DynamicOperator operator) {
    return operator.weights().stream()
        .flatMap(index -> scopes.constant(path, node.input(index)).stream())
        .filter(weight -> weight.tensor().dtype() != DType.FLOAT32)
        .findFirst()
        .flatMap(weight -> keep(KeepReason.NOT_FLOAT32, "weight " + weight.tensor()));
  }

  private static Optional<Keep> gemm(Node node) {
    boolean plain =
        node.floatAttribute("alpha", 1) == 1
            && node.floatAttribute("beta", 1) == 1
            && node.intAttribute("transA", 0) == 0;
    return plain ? Optional.empty() : keep(KeepReason.UNSUPPORTED_FORM, "alpha, beta or transA");
  }

  private Optional<Keep> convolution(GraphPath path, Node node) {
    if (!options.convolutions()) {
      return keep(KeepReason.SLOW_AT_EVERY_RUN, node.opType());
    }
    // The bias is added in another shape, in which it is stored.
    String bias = node.input(2);
    return bias.isEmpty() || scopes.constant(path, bias).isPresent()
        ? Optional.empty()
        : keep(KeepReason.WEIGHT_NOT_CONSTANT, bias);
  }

  private Optional<Keep> lstm(Node node) {
    if (options.form() == DynamicForm.STANDARD) {
      return keep(KeepReason.NOT_STANDARD, node.opType());
    }
    return node.intAttribute("layout", 0) == 0
        ? Optional.empty()
        : keep(KeepReason.UNSUPPORTED_FORM, "layout 1");
  }

  private Optional<Keep> gather(GraphPath path, Node node) {
    boolean rows =
        scopes
            .constant(path, node.input(0))
            .map(table -> table.tensor().shape().rank())
            .filter(rank -> rank > 0 && node.intAttribute("axis", 0) % rank == 0)
            .isPresent();
    return rows
        ? Optional.empty()
        : keep(KeepReason.NOT_AT_EVERY_RUN, "Gather of other than rows of a table");
  }

  private Optional<Keep> weights(GraphPath path, Node node, DynamicOperator operator) {
    for (int index : operator.weights()) {
      Optional<Scopes.Constant> weight = scopes.constant(path, node.input(index));
      if (weight.isEmpty()) {
        return keep(KeepReason.WEIGHT_NOT_CONSTANT, node.input(index));
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
    if (shape.rank() < least) {
      return keep(KeepReason.UNSUPPORTED_FORM, "weight " + weight);
    }
    return shape.elements() >= QdqPlanner.FEWEST_ELEMENTS
        ? Optional.empty()
        : keep(
            KeepReason.CONSTANT_TOO_SMALL,
            "%s < %s elements".formatted(shape.elements(), QdqPlanner.FEWEST_ELEMENTS));
  }

  private static Optional<Keep> keep(KeepReason reason, String detail) {
    return Optional.of(new Keep(reason, detail));
  }
}
