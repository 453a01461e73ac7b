package dev.swage.compress;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.diagnose.CodeUse;
import dev.swage.compress.diagnose.DiagnosisOptions;
import dev.swage.compress.diagnose.LayerDiagnosis;
import dev.swage.compress.diagnose.LayerNoise;
import dev.swage.compress.dynamic.DynamicKernels;
import dev.swage.compress.dynamic.IntegerKernel;
import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphPath;
import dev.swage.onnx.OnnxReader;
import dev.swage.run.Evaluation;
import dev.swage.run.Latency;
import dev.swage.run.LatencyRace;
import dev.swage.run.ModelSession;
import dev.swage.run.OptimizedGraph;
import dev.swage.run.OutputFidelity;
import dev.swage.run.OutputKind;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Proves a quantized file: its codes, that ONNX Runtime runs it and which of its nodes in integers,
 * how near its outputs come to the source's, and how fast it is.
 */
final class ModelProver {
  private static final long MOST_BYTES = 1L << 30;
  private static final int BATCH = 16;

  private final SourceModel source;
  private final Path file;
  private final Rewritten rewritten;
  private final DataSource data;
  private final Optional<Calibration> calibration;

  ModelProver(
      SourceModel source,
      Path file,
      Rewritten rewritten,
      DataSource data,
      Optional<Calibration> calibration) {
    this.source = source;
    this.file = file;
    this.rewritten = rewritten;
    this.data = data;
    this.calibration = calibration;
  }

  /** How near the prepared model is to the source, on one input. */
  Optional<Agreement> agreement() {
    List<Tensor> sample;
    try (ModelSession session = ModelSession.open(source.path())) {
      sample = Latency.sample(session, data);
    }
    return PreparationCheck.of(source.path(), source.prepared(), List.of(sample));
  }

  /**
   * The proof.
   *
   * @throws CompressException if a stored tensor differs or an output is not a number where the
   *     source's is
   */
  Proof prove() throws IOException {
    requireCodes();
    Kernels kernels = OptimizedGraph.read(file, this::kernels);
    IntegerNodes integer = kernels.integer();
    try (ModelSession before = ModelSession.open(source.path());
        ModelSession after = ModelSession.open(file)) {
      OutputFidelity fidelity = OutputFidelity.of(before, after, data, BATCH);
      requireNumbers(fidelity);
      return new Proof(
          rewritten.stored().size(),
          kernels.notFused(),
          integer.quantizedByRuntime(rewritten.coded()),
          integer.counts(),
          fidelity,
          layers(),
          calibration
              .map(observed -> CodeUse.ofValues(rewritten.coded().plan(), observed))
              .orElse(List.of()),
          time(before, after));
    }
  }

  /**
   * What ONNX Runtime runs the file with.
   *
   * @param notFused quantized nodes that compute in floats, by their planned names
   */
  private record Kernels(IntegerNodes integer, List<String> notFused) {}

  private Kernels kernels(Graph optimized) {
    IntegerNodes integer = new IntegerNodes(optimized);
    List<String> names = new ArrayList<>(integer.notFused(rewritten.coded()));
    if (rewritten.dynamic().isPresent()) {
      DynamicKernels.of(optimized, rewritten.dynamic().get())
          .kernels()
          .forEach((name, kernel) -> {
            if (kernel == IntegerKernel.NONE) {
              names.add(name);
            }
          });
    }
    return new Kernels(integer, names);
  }

  /** Needs both models in memory at once, and names that the float model has too. */
  private List<LayerNoise> layers() {
    return source.model().graph().weightBytes() > MOST_BYTES || rewritten.dynamic().isPresent()
        ? List.of()
        : LayerDiagnosis.of(
            source.path().toString(),
            source.model(),
            rewritten.layered(),
            data,
            DiagnosisOptions.defaults());
  }

  private void requireNumbers(OutputFidelity fidelity) {
    for (OutputFidelity.OutputError output : fidelity.outputs()) {
      if (Double.isNaN(output.sqnrDb())) {
        throw new CompressException(
            "%s: output '%s' cannot be compared with the source's: one of them holds NaN or infinities"
                .formatted(file.getFileName(), output.name()));
      }
    }
  }

  /** Accuracy of the source less that of the file, on the data. */
  double accuracyDrop() {
    OutputKind kind = OutputKind.of(source.file().model().graph());
    try (ModelSession before = ModelSession.open(source.path());
        ModelSession after = ModelSession.open(file)) {
      return accuracy(before, kind) - accuracy(after, kind);
    }
  }

  private double accuracy(ModelSession session, OutputKind kind) {
    return Evaluation.of(session, data, BATCH, kind)
        .accuracy()
        .orElseThrow(() ->
            new CompressException(
                "%s: accuracy needs classes, the targets of these data are none"
                    .formatted(data.name())));
  }

  private void requireCodes() {
    Map<String, Tensor> written = new HashMap<>();
    GraphPath.walk(
        OnnxReader.read(file).graph(),
        (path, graph) ->
            graph
                .initializers()
                .forEach((name, tensor) -> {
                  written.putIfAbsent(name, tensor);
                  written.put(path.key(name), tensor);
                }));
    for (Map.Entry<String, Tensor> expected : rewritten.stored().entrySet()) {
      Verifier.requireSame(
          file, expected.getKey(), expected.getValue(), written.get(expected.getKey()));
    }
  }

  private Latency.Pair time(ModelSession before, ModelSession after) {
    return LatencyRace.defaults().run(before, after, Latency.sample(before, data));
  }
}
