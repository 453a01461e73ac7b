package dev.swage.compress;

import dev.swage.compress.prepare.Prepared;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxReader;
import dev.swage.run.Latency;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputFidelity;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Proves a file with quantized activations: its codes, that ONNX Runtime runs it and which of its
 * nodes in integers, how near its outputs come to the source's, and how fast it is.
 */
final class StaticVerifier {
  private static final int BATCH = 16;
  private static final double SECONDS = 1;
  private static final int FEWEST_RUNS = 20;
  private static final int MOST_RUNS = 1000;

  private final Path source;
  private final Path file;
  private final QdqModel quantized;
  private final DataSource data;

  StaticVerifier(Path source, Path file, QdqModel quantized, DataSource data) {
    this.source = source;
    this.file = file;
    this.quantized = quantized;
    this.data = data;
  }

  /** How near the prepared model is to the source, on the first sample. */
  Optional<Agreement> agreement(Prepared prepared) {
    List<Tensor> sample;
    try (ModelSession session = ModelSession.open(source)) {
      sample = Latency.sample(session, data);
    }
    return PreparationCheck.of(source, prepared, List.of(sample));
  }

  /**
   * The proof.
   *
   * @throws CompressException if a stored tensor differs or an output is not a number where the
   *     source's is
   */
  StaticProof prove() throws IOException {
    requireCodes();
    IntegerNodes integer = IntegerNodes.of(file);
    try (ModelSession before = ModelSession.open(source);
        ModelSession after = ModelSession.open(file)) {
      OutputFidelity fidelity = OutputFidelity.of(before, after, data, BATCH);
      for (OutputFidelity.OutputError output : fidelity.outputs()) {
        if (Double.isNaN(output.sqnrDb())) {
          throw new CompressException(
              "%s: output '%s' cannot be compared with the source's: one of them holds NaN or infinities"
                  .formatted(file.getFileName(), output.name()));
        }
      }
      return new StaticProof(
          quantized.stored().size(),
          integer.notFused(quantized),
          integer.quantizedByRuntime(quantized),
          integer.counts(),
          fidelity,
          time(before, after));
    }
  }

  private void requireCodes() {
    Graph written = OnnxReader.read(file).graph();
    for (Map.Entry<String, Tensor> expected : quantized.stored().entrySet()) {
      Verifier.requireSame(file, expected.getKey(), expected.getValue(), written);
    }
  }

  private Latency.Pair time(ModelSession before, ModelSession after) {
    List<Tensor> sample = Latency.sample(before, data);
    double millis = Latency.measure(before, sample, 3, 5).p50();
    int runs =
        Math.clamp(Math.round(SECONDS * 1e3 / Math.max(millis, 1e-3)), FEWEST_RUNS, MOST_RUNS);
    return Latency.compare(before, after, sample, Math.max(5, runs / 10), runs);
  }
}
