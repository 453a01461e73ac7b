package dev.swage.cli.quantize;

import dev.swage.cli.console.Tables;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.proof.Proof;
import dev.swage.report.TextTable;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Plans, and what became of them, for the terminal. */
final class PlanTable {
  private PlanTable() {}

  /**
   * A row for each node.
   *
   * @param proof of the file that carries the plan; empty while there is none
   */
  static String of(ModelPlan plan, Optional<Proof> proof) {
    TextTable table =
        TextTable.of(
            TextTable.text("node"),
            TextTable.text("operator"),
            TextTable.text("decision"),
            TextTable.text("how, or why not"),
            TextTable.number("expected dB"));
    for (PlannedNode node : plan.nodes()) {
      table.row(
          node.name(),
          node.operator(),
          node.choice().label(),
          explanation(node, proof),
          node.expectedSqnrDb().isPresent()
              ? Tables.decibels(node.expectedSqnrDb().getAsDouble())
              : "");
    }
    return table.render();
  }

  private static String explanation(PlannedNode node, Optional<Proof> proof) {
    String weight = node.choice().weight().map(w -> "weight " + w.text()).orElse("");
    return switch (node.choice()) {
      case NodeChoice.Static s -> joined(kernel(node, proof), weight);
      case NodeChoice.Dynamic d -> joined(joined(kernel(node, proof), weight), against(node));
      case NodeChoice.WeightOnly w -> joined(weight, against(node));
      case NodeChoice.Absorb a -> "codes of " + a.producer() + " saturate";
      case NodeChoice.Keep k -> k.text();
    };
  }

  /** Why it does not go a way that was measured. */
  static String against(PlannedNode node) {
    Set<String> reasons = new LinkedHashSet<>();
    node.against()
        .forEach((way, keep) -> {
          if (keep.reason() == KeepReason.TOO_SENSITIVE
              || keep.reason() == KeepReason.NOT_WORTH_IT) {
            reasons.add(keep.text());
          }
        });
    List<String> ways =
        node.against().entrySet().stream()
            .filter(way -> reasons.contains(way.getValue().text()))
            .map(Map.Entry::getKey)
            .toList();
    return reasons.isEmpty()
        ? ""
        : "not %s: %s".formatted(String.join(" or ", ways), String.join("; ", reasons));
  }

  private static String kernel(PlannedNode node, Optional<Proof> proof) {
    if (proof.flatMap(Proof::kernels).isEmpty()) {
      return "";
    }
    return proof.orElseThrow().notFused().contains(node.name())
        ? "not fused: runs in floats"
        : "integer kernel";
  }

  private static String joined(String first, String second) {
    return first.isEmpty() || second.isEmpty() ? first + second : first + ", " + second;
  }
}
