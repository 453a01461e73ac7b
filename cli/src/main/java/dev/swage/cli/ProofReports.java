package dev.swage.cli;

import dev.swage.compress.Agreement;
import dev.swage.compress.StaticConversion;
import dev.swage.compress.qdq.NodeDecision.Absorb;
import dev.swage.compress.qdq.NodeDecision.Keep;
import dev.swage.compress.qdq.NodeDecision.Quantize;
import dev.swage.compress.qdq.QdqPlan.PlannedNode;
import dev.swage.compress.qdq.QdqPlan.PlannedValue;
import dev.swage.report.Latency;
import dev.swage.report.StaticReport;
import dev.swage.report.TextTable;
import dev.swage.run.LatencyStats;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What static quantization decided and proved, as a table, in lines and as a record. */
final class StaticReports {
  private StaticReports() {}

  static StaticReport of(Path input, Path output, String data, StaticConversion done) {
    var fidelity = done.proof().fidelity();
    return new StaticReport(
        Origins.now(),
        input.toString(),
        output.toString(),
        done.written(),
        done.bytesBefore(),
        done.bytesAfter(),
        data,
        done.calibration().samples(),
        done.range(),
        Preparations.steps(done.prepared()),
        done.agreement().stream().mapToDouble(Agreement::maxRelativeDifference).findAny(),
        done.quantized().plan().nodes().stream().map(node -> node(node, done)).toList(),
        done.quantized().plan().values().stream().map(StaticReports::value).toList(),
        done.proof().operators().entrySet().stream()
            .map(entry -> new StaticReport.Operator(entry.getKey(), entry.getValue()))
            .toList(),
        done.proof().quantizedByRuntime(),
        fidelity.samples(),
        fidelity.outputs().stream()
            .map(o -> new StaticReport.Output(o.name(), o.sqnrDb(), o.maxAbsDiff()))
            .toList(),
        fidelity.topOneAgreement(),
        latency(done.proof().latency().first()),
        latency(done.proof().latency().second()));
  }

  private static Latency latency(LatencyStats stats) {
    return new Latency(stats.p50(), stats.p95(), 1, stats.runs());
  }

  private static StaticReport.Node node(PlannedNode planned, StaticConversion done) {
    String name = planned.name();
    String operator = planned.node().opType();
    double none = Double.POSITIVE_INFINITY;
    return switch (planned.decision()) {
      case Quantize quantize ->
          new StaticReport.Node(
              name,
              operator,
              "quantize",
              "",
              quantize.weight().map(w -> Decisions.granularity(w.granularity())).orElse(""),
              !done.proof().notFused().contains(name),
              quantize.expectedSqnrDb());
      case Absorb absorb ->
          new StaticReport.Node(name, operator, "absorb", "", absorb.producer(), false, none);
      case Keep keep ->
          new StaticReport.Node(
              name, operator, "keep", keep.reason().label(), keep.detail(), false, none);
    };
  }

  private static StaticReport.Value value(PlannedValue value) {
    return new StaticReport.Value(
        value.name(),
        value.range().min(),
        value.range().max(),
        value.codes().scale(),
        value.codes().zeroPoint(),
        value.group(),
        value.expectedSqnrDb());
  }

  static String table(StaticConversion done) {
    TextTable table =
        TextTable.of(
            TextTable.text("node"),
            TextTable.text("operator"),
            TextTable.text("decision"),
            TextTable.text("how, or why not"),
            TextTable.number("expected dB"));
    for (PlannedNode planned : done.quantized().plan().nodes()) {
      boolean fused = !done.proof().notFused().contains(planned.name());
      switch (planned.decision()) {
        case Quantize quantize ->
            table.row(
                planned.name(),
                planned.node().opType(),
                "quantize",
                (fused ? "integer kernel" : "not fused: runs in floats")
                    + quantize
                        .weight()
                        .map(w -> ", weight " + Decisions.granularity(w.granularity()))
                        .orElse(""),
                Tables.decibels(quantize.expectedSqnrDb()));
        case Absorb absorb ->
            table.row(
                planned.name(),
                planned.node().opType(),
                "absorb",
                "codes of " + absorb.producer() + " saturate",
                "");
        case Keep keep ->
            table.row(
                planned.name(),
                planned.node().opType(),
                "keep",
                keep.detail().isEmpty()
                    ? keep.reason().text()
                    : keep.reason().text() + " (" + keep.detail() + ")",
                "");
      }
    }
    return table.render();
  }

  static List<String> lines(Path input, Path output, StaticConversion done) {
    List<String> lines = new ArrayList<>();
    var proof = done.proof();
    long quantized = done.quantized().plan().quantized();
    lines.add(
        "%d of %d quantized nodes run in integers; ONNX Runtime's graph: %s"
            .formatted(
                quantized - proof.notFused().size(), quantized, operators(proof.operators())));
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
                "output '%s': SQNR %s dB, largest difference %.4g, on %,d samples"
                    .formatted(
                        out.name(),
                        Tables.decibels(out.sqnrDb()),
                        out.maxAbsDiff(),
                        proof.fidelity().samples())));
    proof
        .fidelity()
        .topOneAgreement()
        .ifPresent(share -> lines.add("same class on %.2f %% of them".formatted(100 * share)));
    lines.add(
        "p50 %.3f ms, float %.3f ms: %.2f× as fast"
            .formatted(
                proof.latency().second().p50(),
                proof.latency().first().p50(),
                proof.latency().ratio()));
    if (done.written()) {
      lines.add(
          "%s: %,d bytes, %.3f× of %s; %d tensors of codes and scales read back bit for bit"
              .formatted(output, done.bytesAfter(), done.sizeRatio(), input, proof.tensors()));
    }
    return lines;
  }

  private static String operators(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .map(entry -> String.format(Locale.ROOT, "%d %s", entry.getValue(), entry.getKey()))
        .collect(Collectors.joining(", "));
  }
}
