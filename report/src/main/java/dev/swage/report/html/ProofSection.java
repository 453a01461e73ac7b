package dev.swage.report.html;

import dev.swage.report.NodePlan;
import dev.swage.report.Numbers;
import dev.swage.report.ProofReport;
import dev.swage.report.ProofReport.Layer;
import dev.swage.report.QuantizeReport.PreparationStep;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/** What was decided for a model's nodes and what its quantized file proved to be. */
final class ProofSection {
  private static final int CHART = 200;

  /** Rows shown at once; the others are folded away. */
  private static final int SHOWN = 30;

  private ProofSection() {}

  static Markup render(ProofReport report) {
    Markup out = new Markup().open("section").line();
    out.element("h2", report.output());
    out.element("p", headline(report), "class", "headline");
    out.add(files(report));
    out.element(
        "p",
        "Both were timed in turn; “as fast” is the median of paired ratios, of the times of one"
            + " call of each right after one another.",
        "class",
        "note");
    out.element("h3", "Outputs against the model read").add(outputs(report));
    layers(out, report.layers());
    out.element("h3", "Nodes").element("p", counts(report.plan()), "class", "note");
    out.add(nodes(report.plan()));
    values(out, report.plan());
    prepared(out, report.plan());
    out.element("h3", "What ONNX Runtime makes of the file");
    Map<String, String> operators = new LinkedHashMap<>();
    report.operators().forEach(o -> operators.put(o.name(), Numbers.count(o.count())));
    out.add(Tables.facts(operators));
    return out.close("section").line();
  }

  private static String headline(ProofReport report) {
    double speed = report.speedup();
    return String.format(
        Locale.ROOT,
        "%s of %s's size, %s as fast%s%s",
        Numbers.ratio((double) report.bytes() / report.inputBytes()),
        report.input(),
        Numbers.ratio(speed),
        speed < 1 ? " (slower)" : "",
        report.written() ? "." : "; not written.");
  }

  private static Markup files(ProofReport report) {
    Rows rows = new Rows("", "file", "size", "p50 ms", "p95 ms");
    rows.row(
        "float",
        report.input(),
        Numbers.bytes(report.inputBytes()),
        Numbers.significant(report.inputLatency().p50(), 3),
        Numbers.significant(report.inputLatency().p95(), 3));
    rows.row(
        "quantized",
        report.output(),
        Numbers.bytes(report.bytes()),
        Numbers.significant(report.latency().p50(), 3),
        Numbers.significant(report.latency().p95(), 3));
    return rows.render();
  }

  private static Markup outputs(ProofReport report) {
    Markup out = OutputRows.render(report.outputs());
    for (String damage : report.damage()) {
      out.element("p", damage, "class", "note");
    }
    String agreement =
        report.agreement().isPresent()
            ? "; the same class on " + Numbers.percent(report.agreement().getAsDouble(), 2)
            : "";
    out.element(
        "p",
        String.format(
            Locale.ROOT,
            "On %s samples of %s%s.",
            Numbers.count(report.samples()),
            report.data(),
            agreement),
        "class",
        "note");
    if (!report.unvaried().isEmpty()) {
      out.element(
          "p",
          "On these inputs the outputs named here hardly vary; their figures prove nothing: "
              + String.join(", ", report.unvaried())
              + ".",
          "class",
          "note");
    }
    return out;
  }

  private static void layers(Markup out, List<Layer> layers) {
    if (layers.isEmpty()) {
      return;
    }
    out.element("h3", "Layers, worst first");
    out.element(
        "p",
        "Signal to noise at each value: isolated, with only the node that computes it quantized;"
            + " cumulative, with everything before it quantized too.",
        "class",
        "note");
    double highest =
        layers.stream()
            .flatMapToDouble(l -> DoubleStream.of(l.isolatedSqnrDb(), l.cumulativeSqnrDb()))
            .filter(Double::isFinite)
            .max()
            .orElse(1);
    Plot plot =
        new Plot(Axis.whole(1, Math.max(2, layers.size()), 6), Axis.fromZero(highest, 4), CHART)
            .titles("rank", "SQNR, dB");
    plot.line("line a", layers.size(), i -> i + 1, i -> layers.get(i).isolatedSqnrDb());
    plot.line("line b", layers.size(), i -> i + 1, i -> layers.get(i).cumulativeSqnrDb());
    plot.label("isolated", "a", layers.getLast().isolatedSqnrDb());
    plot.label("cumulative", "b", layers.getLast().cumulativeSqnrDb());
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      plot.hover(
          i + 1,
          String.format(
              Locale.ROOT,
              "%s\nisolated %s\ncumulative %s",
              layer.name(),
              Numbers.decibels(layer.isolatedSqnrDb()),
              Numbers.decibels(layer.cumulativeSqnrDb())));
    }
    out.open("figure").add(plot.render("Signal to noise by layer, worst first")).close("figure");
    Rows rows = new Rows("value", "operator", "isolated, dB", "cumulative, dB");
    layers.forEach(l ->
        rows.row(
            l.name(),
            l.operator(),
            Numbers.decibels(l.isolatedSqnrDb()),
            Numbers.decibels(l.cumulativeSqnrDb())));
    out.add(rows.renderFolded(SHOWN));
  }

  private static String counts(NodePlan plan) {
    Map<String, Long> decisions =
        plan.nodes().stream()
            .collect(
                Collectors.groupingBy(
                    node -> node.how().isEmpty() ? node.decision() : node.how(),
                    LinkedHashMap::new,
                    Collectors.counting()));
    return decisions.entrySet().stream()
        .map(entry -> Numbers.count(entry.getValue()) + " " + entry.getKey())
        .collect(Collectors.joining(", "));
  }

  private static Markup nodes(NodePlan plan) {
    Rows rows = new Rows("node", "operator", "decision", "how, or why not", "expected, dB");
    for (NodePlan.Node node : plan.nodes()) {
      boolean quantized = node.decision().equals("quantize");
      String kernel =
          !quantized || node.how().equals("weight-only")
              ? ""
              : node.fused() ? "integer kernel" : "not fused";
      rows.row(
          node.name(),
          node.operator(),
          quantized ? node.how() : node.decision(),
          List.of(node.reason(), node.detail(), kernel, node.weight()).stream()
              .filter(part -> !part.isEmpty())
              .collect(Collectors.joining("; ")),
          quantized ? Numbers.decibels(node.expectedSqnrDb()) : "");
    }
    return rows.renderFolded(SHOWN);
  }

  private static void values(Markup out, NodePlan plan) {
    if (plan.values().isEmpty()) {
      return;
    }
    out.element("h3", "Values with fixed ranges");
    out.element("p", "Ranges by " + plan.range() + ".", "class", "note");
    Rows rows =
        new Rows(
            "value", "min", "max", "scale", "zero point", "saturated", "unused codes", "SQNR, dB");
    for (NodePlan.Value value : plan.values()) {
      rows.row(
          value.name(),
          Numbers.significant(value.min(), 4),
          Numbers.significant(value.max(), 4),
          Numbers.significant(value.scale(), 4),
          Numbers.count(value.zeroPoint()),
          share(value.saturation()),
          share(value.unusedCodes()),
          Numbers.decibels(value.expectedSqnrDb()));
    }
    out.add(rows.renderFolded(SHOWN));
  }

  private static String share(OptionalDouble value) {
    return value.isPresent() ? Numbers.percent(value.getAsDouble(), 3) : "–";
  }

  private static void prepared(Markup out, NodePlan plan) {
    if (plan.prepared().isEmpty()) {
      return;
    }
    out.element("h3", "What was done to the graph first");
    Rows rows = new Rows("change", "nodes", "tensors", "detail");
    for (PreparationStep step : plan.prepared()) {
      rows.row(
          step.kind(),
          String.join(", ", step.nodes()),
          String.join(", ", step.tensors()),
          step.detail());
    }
    out.add(rows.renderFolded(SHOWN));
  }
}
