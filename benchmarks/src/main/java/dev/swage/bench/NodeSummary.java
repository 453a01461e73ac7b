package dev.swage.bench;

import dev.swage.compress.Conversion;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What became of the products of a model that was quantized, as lines for a report. */
record NodeSummary(String title, Conversion done) {
  private static final Set<String> PRODUCTS = Set.of("Conv", "Gemm", "MatMul");

  List<String> lines() {
    List<PlannedNode> products =
        done.planned().plan().nodes().stream()
            .filter(node -> PRODUCTS.contains(node.operator()))
            .toList();
    List<String> notFused = done.proof().notFused();
    long integer =
        products.stream()
            .filter(node -> node.choice().isQuantized() && !notFused.contains(node.name()))
            .count();
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: %s; %d of %d products in integers, SQNR %.1f dB, %.2f of the bytes",
            title,
            done.outcome().text(),
            integer,
            products.size(),
            done.proof().leastSqnrDb().orElse(Double.NaN),
            done.sizeRatio()));
    kept(products).forEach((reason, nodes) -> lines.add("    kept, " + reason + ": " + nodes));
    if (!notFused.isEmpty()) {
      lines.add("    in floats all the same: " + String.join(", ", notFused));
    }
    return lines;
  }

  /** Products that stay in floats, by reason. */
  private static Map<String, String> kept(List<PlannedNode> products) {
    Map<String, List<String>> reasons = new LinkedHashMap<>();
    for (PlannedNode node : products) {
      if (node.choice() instanceof Keep keep) {
        String named =
            keep.detail().isEmpty() ? node.name() : node.name() + " (" + keep.detail() + ")";
        reasons.computeIfAbsent(keep.reason().text(), text -> new ArrayList<>()).add(named);
      }
    }
    Map<String, String> lines = new LinkedHashMap<>();
    reasons.forEach((reason, nodes) -> lines.put(reason, String.join(", ", nodes)));
    return lines;
  }
}
