package dev.swage.compress.proof;

import dev.swage.compress.diagnose.CodeUse;
import dev.swage.compress.diagnose.DiagnosisOptions;
import dev.swage.compress.diagnose.LayerDiagnosis;
import dev.swage.compress.diagnose.LayerNoise;
import dev.swage.compress.dynamic.DynamicKernels;
import dev.swage.compress.dynamic.IntegerKernel;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.planner.SourceModel;
import dev.swage.compress.proof.Proof.Depth;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.run.ModelSession;
import dev.swage.run.OptimizedGraph;
import dev.swage.run.measure.OutputError;
import dev.swage.run.score.OutputFidelity;
import dev.swage.run.score.PairRun;
import dev.swage.run.time.Latency;
import dev.swage.run.time.LatencyRace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Proves a quantized file, whatever the mode: reads it back and holds it against its plan, runs it
 * beside the source, and looks at what ONNX Runtime makes of it.
 */
public final class Prover {
  private static final long MOST_BYTES = 1L << 30;
  private static final int BATCH = 16;
  private static final long BATCH_ELEMENTS = 1 << 16;

  private final SourceModel source;
  private final Path file;
  private final QuantizedModel quantized;
  private final ProofData data;
  private final ProofOptions options;
  private final TrialModels trials;

  /**
   * A prover of one file.
   *
   * @param file the written model
   * @param quantized what was to be written
   * @param work a folder for models that are needed on the way
   */
  public Prover(
      SourceModel source,
      Path file,
      QuantizedModel quantized,
      ProofData data,
      ProofOptions options,
      Path work) {
    this.source = source;
    this.file = file;
    this.quantized = quantized;
    this.data = data;
    this.options = options;
    this.trials = TrialModels.in(work);
  }

  /** Why the file is not run; empty when it is. */
  private Optional<String> notRun() {
    return options.notRun(source.file().bytes()).or(data::failure);
  }

  /**
   * The proof.
   *
   * @throws CompressException if a stored tensor differs, the file lacks codes that the plan
   *     promises, or an output is not a number where the source's is
   */
  public Proof prove() throws IOException {
    if (options.depth() == Depth.NOTHING) {
      return Proof.nothing("verification was switched off");
    }
    OnnxModel written = OnnxReader.read(file);
    StoredCodes.require(file, written, quantized.stored());
    PromisedCodes.Found found =
        PromisedCodes.require(file, quantized.prepared().model(), written, quantized.plan());
    Optional<String> notRun = notRun();
    if (notRun.isPresent()) {
      return Proof.codes(quantized.stored().size(), found, notRun.get());
    }
    boolean everything = options.depth() == Depth.EVERYTHING;
    Optional<Proof.Dequantized> dequantized =
        quantized.plan().isWeightsAlone()
            ? Optional.of(DequantizedRun.of(file, written, quantized, data.first(source), trials))
            : Optional.empty();
    Optional<Proof.Kernels> kernels =
        everything ? Optional.of(OptimizedGraph.read(file, this::kernels)) : Optional.empty();
    Measured measured = measure(everything);
    requireNumbers(measured.run().fidelity());
    return new Proof(
        quantized.stored().size(),
        found.weights(),
        found.nodes(),
        Optional.empty(),
        dequantized,
        kernels,
        Optional.of(measured.run().fidelity()),
        measured.run().accuracyDrop(),
        measured.run().unscored(),
        everything ? layers() : List.of(),
        everything ? codes() : List.of(),
        measured.latency(),
        data.probes(),
        measured.run().oneAtATime());
  }

  /** What both models gave, and how fast they are. */
  private record Measured(PairRun run, Optional<Latency.Pair> latency) {}

  /** Both sessions are closed before anything else takes memory. */
  private Measured measure(boolean timed) {
    try (ModelSession before = ModelSession.open(source.path());
        ModelSession after = ModelSession.open(file)) {
      PairRun run =
          PairRun.scored(before, after, data.source(), batchSize(), source.file().outputKind());
      return new Measured(run, timed ? Optional.of(time(before, after)) : Optional.empty());
    }
  }

  /** As many samples as give one run little to hold; activations grow with the inputs. */
  private int batchSize() {
    long each = data.source().inputShapes().stream().mapToLong(shape -> shape.elements()).sum();
    return Math.clamp(BATCH_ELEMENTS / Math.max(1, each), 1, BATCH);
  }

  private Proof.Kernels kernels(Graph optimized) {
    IntegerNodes integer = new IntegerNodes(optimized);
    List<String> names = new ArrayList<>(integer.notFused(quantized.coded()));
    if (quantized.dynamic().isPresent()) {
      DynamicKernels.of(optimized, quantized.dynamic().get())
          .kernels()
          .forEach((name, kernel) -> {
            if (kernel == IntegerKernel.NONE) {
              names.add(name);
            }
          });
    }
    return new Proof.Kernels(
        names, integer.quantizedByRuntime(quantized.coded()), integer.counts());
  }

  /** Needs both models in memory at once, and names that the float model has too. */
  private List<LayerNoise> layers() {
    return source.model().graph().weightBytes() > MOST_BYTES || quantized.dynamic().isPresent()
        ? List.of()
        : LayerDiagnosis.of(
            source.path().toString(),
            source.model(),
            quantized.layered(),
            data.source(),
            DiagnosisOptions.defaults());
  }

  private List<CodeUse> codes() {
    return data.calibration()
        .map(observed -> CodeUse.ofValues(quantized.plan(), observed))
        .orElse(List.of());
  }

  private void requireNumbers(OutputFidelity fidelity) {
    for (OutputError output : fidelity.outputs()) {
      if (Double.isNaN(output.sqnrDb().orElse(0))) {
        throw new CompressException(
            "%s: output '%s' cannot be compared with the source's: one of them holds NaN or infinities"
                .formatted(file.getFileName(), output.name()));
      }
    }
  }

  private Latency.Pair time(ModelSession before, ModelSession after) {
    return LatencyRace.defaults().run(before, after, Latency.sample(before, data.source()));
  }
}
