package dev.swage.cli;

import dev.swage.compress.ModelConversion;
import dev.swage.compress.ModelPlan;
import dev.swage.compress.ModelPlan.PlannedNode;
import dev.swage.compress.NodeChoice;
import dev.swage.compress.Proof;
import dev.swage.compress.diagnose.LayerNoise;
import dev.swage.report.TextTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Plans, and what became of them, for the terminal. */
final class PlanTable {
  private static final int WORST = 3;

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
          decision(node.choice()),
          explanation(node, proof),
          node.expectedSqnrDb().isPresent()
              ? Tables.decibels(node.expectedSqnrDb().getAsDouble())
              : "");
    }
    return table.render();
  }

  private static String decision(NodeChoice choice) {
    return switch (choice) {
      case NodeChoice.Static s -> "static";
      case NodeChoice.Dynamic d -> "dynamic";
      case NodeChoice.WeightOnly w -> "weight-only";
      case NodeChoice.Absorb a -> "absorb";
      case NodeChoice.Keep k -> "keep";
    };
  }

  private static String explanation(PlannedNode node, Optional<Proof> proof) {
    return switch (node.choice()) {
      case NodeChoice.Static s ->
          joined(kernel(node, proof), s.weight().map(w -> "weight " + w.text()).orElse(""));
      case NodeChoice.Dynamic d -> joined(kernel(node, proof), "weight " + d.weight().text());
      case NodeChoice.WeightOnly w -> "weight " + w.weight().text();
      case NodeChoice.Absorb a -> "codes of " + a.producer() + " saturate";
      case NodeChoice.Keep k -> k.reason().text(k.detail());
    };
  }

  private static String kernel(PlannedNode node, Optional<Proof> proof) {
    if (proof.isEmpty()) {
      return "";
    }
    return proof.get().notFused().contains(node.name())
        ? "not fused: runs in floats"
        : "integer kernel";
  }

  private static String joined(String first, String second) {
    return first.isEmpty() || second.isEmpty() ? first + second : first + ", " + second;
  }

  /**
   * What was proven.
   *
   * @param samples what it was proven on
   */
  static List<String> lines(Path input, Path output, ModelConversion done, String samples) {
    List<String> lines = new ArrayList<>();
    Proof proof = done.proof();
    long onCodes =
        done.planned().plan().nodes().stream()
            .filter(node -> node.choice().isQuantized())
            .filter(node -> !(node.choice() instanceof NodeChoice.WeightOnly))
            .count();
    lines.add(
        "%sONNX Runtime's graph: %s"
            .formatted(
                onCodes == 0
                    ? ""
                    : "%d of %d nodes with codes run in integers; "
                        .formatted(onCodes - proof.notFused().size(), onCodes),
                operators(proof.operators())));
    if (proof.quantizedByRuntime() > 0) {
      lines.add(
          "%d kept convolutions stand between codes: ONNX Runtime quantizes them itself"
              .formatted(proof.quantizedByRuntime()));
    }
    proof
        .fidelity()
        .outputs()
        .forEach(out ->
            lines.add(
                "output '%s': SQNR %s dB, largest difference %.4g, on %,d %s"
                    .formatted(
                        out.name(),
                        Tables.decibels(out.sqnrDb()),
                        out.maxAbsDiff(),
                        proof.fidelity().samples(),
                        samples)));
    worstLayers(proof).ifPresent(lines::add);
    proof
        .fidelity()
        .topOneAgreement()
        .ifPresent(share -> lines.add("same class on %.2f %% of them".formatted(100 * share)));
    lines.add(speed(proof));
    if (done.written()) {
      lines.add(
          "%s: %,d bytes, %.3f× of %s; %d tensors of codes and scales read back bit for bit"
              .formatted(output, done.bytesAfter(), done.sizeRatio(), input, proof.tensors()));
    }
    return lines;
  }

  private static Optional<String> worstLayers(Proof proof) {
    Set<String> named = new HashSet<>();
    List<String> worst =
        proof.layers().stream()
            .filter(layer -> layer.isolatedDb() < Double.POSITIVE_INFINITY)
            .sorted(LayerNoise.BY_ISOLATED)
            .filter(layer -> named.add(layer.node()))
            .limit(WORST)
            .map(l ->
                "%s (%s) %s dB, with all before it %s"
                    .formatted(
                        l.node(),
                        l.operator(),
                        Tables.decibels(l.isolatedDb()),
                        Tables.decibels(l.cumulativeDb())))
            .toList();
    return worst.isEmpty()
        ? Optional.empty()
        : Optional.of("noisiest nodes, each for itself: " + String.join("; ", worst));
  }

  private static String speed(Proof proof) {
    var latency = proof.latency();
    return "p50 %.3f ms, p95 %.3f ms; float %.3f and %.3f ms: %.2f× as fast%s"
        .formatted(
            latency.second().p50(),
            latency.second().p95(),
            latency.first().p50(),
            latency.first().p95(),
            latency.ratio(),
            latency.ratio() < 1 ? ", that is slower" : "");
  }

  private static String operators(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .map(entry -> String.format(Locale.ROOT, "%d %s", entry.getValue(), entry.getKey()))
        .collect(Collectors.joining(", "));
  }
}
