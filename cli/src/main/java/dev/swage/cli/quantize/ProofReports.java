package dev.swage.cli.quantize;

import dev.swage.cli.compare.OutputResults;
import dev.swage.cli.console.Origins;
import dev.swage.compress.Conversion;
import dev.swage.compress.PlannedModel;
import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.diagnose.CodeUse;
import dev.swage.compress.diagnose.LayerNoise;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.plan.WeightChoice;
import dev.swage.compress.probe.Probes;
import dev.swage.compress.proof.Agreement;
import dev.swage.compress.proof.Proof;
import dev.swage.quant.CodeCounts;
import dev.swage.report.Latency;
import dev.swage.report.NodePlan;
import dev.swage.report.PlannedReport;
import dev.swage.report.ProofReport;
import dev.swage.run.score.OutputFidelity;
import dev.swage.run.time.LatencyStats;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What was planned and proved, as records for reports. */
final class ProofReports {
  private final PlannedModel planned;
  private final Optional<Conversion> done;

  private ProofReports(PlannedModel planned, Optional<Conversion> done) {
    this.planned = planned;
    this.done = done;
  }

  static PlannedReport of(Path input, long bytes, String mode, PlannedModel planned) {
    ProofReports reports = new ProofReports(planned, Optional.empty());
    return new PlannedReport(
        Origins.now(), input.toString(), bytes, samples(planned), reports.plan(mode));
  }

  static ProofReport of(Path input, Path output, String mode, String data, Conversion done) {
    ProofReports reports = new ProofReports(done.planned(), Optional.of(done));
    Proof proof = done.proof();
    OutputFidelity fidelity = proof.fidelity().orElseThrow();
    return new ProofReport(
        Origins.now(),
        input.toString(),
        output.toString(),
        done.written(),
        done.bytesBefore(),
        done.bytesAfter(),
        data,
        samples(done.planned()),
        reports.plan(mode),
        proof.kernels().stream()
            .flatMap(kernels -> kernels.operators().entrySet().stream())
            .map(entry -> new ProofReport.Operator(entry.getKey(), entry.getValue()))
            .toList(),
        proof.kernels().map(Proof.Kernels::quantizedByRuntime).orElse(0L),
        fidelity.samples(),
        OutputResults.of(fidelity),
        fidelity.topOneAgreement(),
        proof.accuracyDrop(),
        DamageLines.texts(done.damage()),
        proof.layers().stream()
            .sorted(LayerNoise.BY_ISOLATED)
            .map(l ->
                new ProofReport.Layer(l.value(), l.operator(), l.isolatedDb(), l.cumulativeDb()))
            .toList(),
        latency(proof.latency().orElseThrow().first()),
        latency(proof.latency().orElseThrow().second()),
        proof.speedup().orElseThrow(),
        proof.probes().map(Probes::unvaried).orElse(List.of()));
  }

  private static long samples(PlannedModel planned) {
    return planned.calibration().map(Calibration::samples).orElse(0);
  }

  private static Latency latency(LatencyStats stats) {
    return new Latency(stats.p50(), stats.p95(), 1, stats.runs());
  }

  private NodePlan plan(String mode) {
    ModelPlan plan = planned.plan();
    return new NodePlan(
        mode,
        plan.form().label(),
        plan.range(),
        Preparations.steps(planned.prepared()),
        done.flatMap(Conversion::agreement).stream()
            .mapToDouble(Agreement::maxRelativeDifference)
            .findAny(),
        plan.nodes().stream().map(this::node).toList(),
        plan.values().stream().map(this::value).toList());
  }

  private NodePlan.Node node(PlannedNode node) {
    String weight = node.choice().weight().map(WeightChoice::text).orElse("");
    return switch (node.choice()) {
      case NodeChoice.Static s -> quantized(node, weight);
      case NodeChoice.Dynamic d -> quantized(node, weight);
      case NodeChoice.WeightOnly w -> quantized(node, weight);
      case NodeChoice.Absorb a -> other(node, "absorb", "", a.producer());
      case NodeChoice.Keep k -> other(node, "keep", k.reason().label(), k.detail());
    };
  }

  private NodePlan.Node quantized(PlannedNode node, String weight) {
    boolean fused =
        done.isPresent()
            && !(node.choice() instanceof NodeChoice.WeightOnly)
            && !done.get().proof().notFused().contains(node.name());
    return new NodePlan.Node(
        node.name(),
        node.operator(),
        "quantize",
        node.choice().label(),
        weight,
        "",
        PlanTable.against(node),
        fused,
        node.expectedSqnrDb().orElse(Double.POSITIVE_INFINITY));
  }

  private static NodePlan.Node other(
      PlannedNode node, String decision, String reason, String detail) {
    return new NodePlan.Node(
        node.name(),
        node.operator(),
        decision,
        "",
        "",
        reason,
        detail,
        false,
        Double.POSITIVE_INFINITY);
  }

  private NodePlan.Value value(PlannedValue value) {
    Optional<CodeCounts> counts =
        done.stream()
            .flatMap(conversion -> conversion.proof().codes().stream())
            .filter(use -> use.name().equals(value.name()))
            .map(CodeUse::counts)
            .findFirst();
    return new NodePlan.Value(
        value.name(),
        value.range().min(),
        value.range().max(),
        value.codes().scale(),
        value.codes().zeroPoint(),
        value.group(),
        value.expectedSqnrDb(),
        counts.stream().mapToDouble(CodeCounts::saturatedShare).findFirst(),
        counts.stream().mapToDouble(CodeCounts::unusedShare).findFirst());
  }
}
