package dev.swage.compress.qdq;

import dev.swage.compress.calibrate.LeftOutReason;
import dev.swage.compress.calibrate.TensorCalibration;
import dev.swage.compress.plan.Assignment;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which nodes could read and write codes, each taken for itself. */
final class Eligibility {
  private final Operands operands;
  private final IntegerForms forms;
  private final Assignment given;

  Eligibility(Operands operands, Assignment given) {
    this.operands = operands;
    this.forms = new IntegerForms(operands);
    this.given = given;
  }

  /** Why a node cannot; empty when it can. */
  Optional<Keep> obstacle(Node node) {
    return given
        .against(PlannedNode.nameOf(node), NodeChoice.Static.class)
        .or(() -> forms.obstacle(node))
        .or(() -> unseen(node));
  }

  private Optional<Keep> unseen(Node node) {
    List<String> values = new ArrayList<>(operands.activations(node));
    node.outputs().stream().filter(output -> !output.isEmpty()).forEach(values::add);
    for (String value : values) {
      Optional<TensorCalibration> seen = operands.observed(value);
      if (seen.isEmpty() || seen.get().statistics().isEmpty()) {
        return Optional.of(unobserved(value));
      }
      if (seen.get().statistics().histogram().nonFinite() > 0) {
        return keep(
            KeepReason.NOT_FINITE,
            "%s, first in sample %s"
                .formatted(value, seen.get().nonFiniteSamples().getFirst().sample()));
      }
    }
    return Optional.empty();
  }

  private Keep unobserved(String value) {
    return switch (operands.leftOut(value).orElse(LeftOutReason.NO_QUANTIZABLE_OPERATOR)) {
      case NOT_FLOAT32 -> new Keep(KeepReason.NOT_FLOAT32, value);
      case NO_FINITE_ELEMENT -> new Keep(KeepReason.NOT_FINITE, value + " in every sample");
      case IN_SUBGRAPH, CONSTANT, NO_QUANTIZABLE_OPERATOR ->
          new Keep(KeepReason.NOT_OBSERVED, value);
    };
  }

  private static Optional<Keep> keep(KeepReason reason, String detail) {
    return Optional.of(new Keep(reason, detail));
  }
}
