package dev.swage.cli.compare;

import dev.swage.cli.console.Tables;
import dev.swage.compress.Conversion;
import dev.swage.compress.diagnose.LayerNoise;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.probe.Probes;
import dev.swage.compress.proof.Proof;
import dev.swage.run.score.OutputFidelity;
import dev.swage.run.time.Latency;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What was proven of a file, in lines for the terminal. */
public final class ProofLines {
  private static final int WORST = 3;

  /** Said wherever it is so. */
  static final String ONE_AT_A_TIME =
      "the model names a batch axis, and fails on batches: samples were run one at a time";

  private final Conversion done;
  private final Proof proof;
  private final List<String> lines = new ArrayList<>();

  private ProofLines(Conversion done) {
    this.done = done;
    this.proof = done.proof();
  }

  /**
   * The lines.
   *
   * @param samples what it was proven on
   */
  public static List<String> of(Path input, Path output, Conversion done, String samples) {
    ProofLines lines = new ProofLines(done);
    lines.proof.kernels().ifPresent(lines::kernels);
    lines.proof.fidelity().ifPresent(fidelity -> lines.outputs(fidelity, samples));
    if (lines.proof.oneAtATime()) {
      lines.lines.add(ONE_AT_A_TIME);
    }
    lines.proof.probes().ifPresent(lines::limits);
    lines.worstLayers();
    lines
        .proof
        .fidelity()
        .flatMap(fidelity -> fidelity.topOneAgreement().stream().boxed().findFirst())
        .ifPresent(
            share -> lines.lines.add("same class on %.2f %% of them".formatted(100 * share)));
    lines.proof.latency().ifPresent(lines::speed);
    if (done.written()) {
      lines.lines.add(
          "%s: %,d bytes, %.3f× of %s; %s"
              .formatted(output, done.bytesAfter(), done.sizeRatio(), input, lines.codes()));
    }
    return lines.lines;
  }

  private void kernels(Proof.Kernels kernels) {
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
                        .formatted(onCodes - kernels.notFused().size(), onCodes),
                operators(kernels.operators())));
    if (kernels.quantizedByRuntime() > 0) {
      lines.add(
          "%d kept convolutions stand between codes: ONNX Runtime quantizes them itself"
              .formatted(kernels.quantizedByRuntime()));
    }
  }

  private void outputs(OutputFidelity fidelity, String samples) {
    lines.addAll(OutputResults.lines(fidelity, "on %,d %s".formatted(fidelity.samples(), samples)));
    proof
        .accuracyDrop()
        .ifPresent(drop -> lines.add("accuracy: %+.2f points".formatted(0.0 - 100 * drop)));
    proof.unscored().ifPresent(why -> lines.add("accuracy not measured: " + why));
  }

  /** What random inputs cannot show. */
  private void limits(Probes probes) {
    if (!probes.unvaried().isEmpty()) {
      lines.add(
          "outputs that hardly vary over these inputs, so that their figures prove nothing: "
              + probes.unvaried().stream()
                  .map("'%s'"::formatted)
                  .collect(Collectors.joining(", ")));
    }
    lines.add("random inputs say nothing of your data: add --calibrate DATA to prove it on them");
  }

  private void worstLayers() {
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
    if (!worst.isEmpty()) {
      lines.add("noisiest nodes, each for itself: " + String.join("; ", worst));
    }
  }

  private void speed(Latency.Pair latency) {
    lines.add(
        "p50 %.3f ms, p95 %.3f ms; float %.3f and %.3f ms: %.2f× as fast%s"
            .formatted(
                latency.second().p50(),
                latency.second().p95(),
                latency.first().p50(),
                latency.first().p95(),
                latency.ratio(),
                latency.ratio() < 1 ? ", that is slower" : ""));
  }

  /** What is said of codes, and what was not proven with its reason. */
  private String codes() {
    if (proof.tensors() == 0 && proof.notRun().isPresent()) {
      return "nothing is proven: " + proof.notRun().get();
    }
    String read =
        "%,d tensors of codes and scales read back bit for bit; %,d weights of %,d nodes are codes as planned"
            .formatted(proof.tensors(), proof.weights(), proof.nodes());
    return proof
        .notRun()
        .map(reason -> read + "; not run: " + reason)
        .or(() ->
            proof
                .dequantized()
                .map(run ->
                    "%s; outputs are those of the codes on %d inputs".formatted(read, run.runs())))
        .orElse(read);
  }

  private static String operators(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .map(entry -> String.format(Locale.ROOT, "%d %s", entry.getValue(), entry.getKey()))
        .collect(Collectors.joining(", "));
  }
}
