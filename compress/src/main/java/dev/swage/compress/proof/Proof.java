package dev.swage.compress.proof;

import dev.swage.compress.diagnose.CodeUse;
import dev.swage.compress.diagnose.LayerNoise;
import dev.swage.compress.probe.Probes;
import dev.swage.run.score.OutputFidelity;
import dev.swage.run.time.Latency;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What was found to hold for a quantized file.
 *
 * @param tensors initializers of codes, scales and zero points that were read back bit for bit
 * @param weights codes of weights that the plan promises and the file holds
 * @param nodes nodes that read them
 * @param notRun why the file was not run; empty when it was
 * @param dequantized how near the file is to the model that holds what its codes stand for; empty
 *     unless weights alone are codes, and the file was run
 * @param kernels what ONNX Runtime runs the file with; empty where that was not looked at
 * @param fidelity of the file's outputs to the source's; empty where the file was not run
 * @param accuracyDrop accuracy of the source less that of the file; empty where the data have no
 *     classes that fit the outputs
 * @param unscored why the data's targets do not fit the outputs; empty where they do or there are
 *     none
 * @param layers the values inside the graph with their errors, in its order; empty where the form
 *     of the file has none to compare
 * @param codes saturation and unused codes of the values with fixed ranges
 * @param latency of one sample, source and file timed alternately until one is clearly faster or
 *     the time is up ({@link dev.swage.run.time.LatencyRace}); {@code ratio} is the speedup; empty
 *     where nothing was timed
 * @param probes what the random inputs were that it was run on; empty where there were data
 * @param oneAtATime whether samples were run one at a time because the source fails on batches,
 *     although it names a batch axis
 */
public record Proof(
    int tensors,
    int weights,
    int nodes,
    Optional<String> notRun,
    Optional<Dequantized> dequantized,
    Optional<Kernels> kernels,
    Optional<OutputFidelity> fidelity,
    OptionalDouble accuracyDrop,
    Optional<String> unscored,
    List<LayerNoise> layers,
    List<CodeUse> codes,
    Optional<Latency.Pair> latency,
    Optional<Probes> probes,
    boolean oneAtATime) {
  public Proof {
    layers = List.copyOf(layers);
    codes = List.copyOf(codes);
  }

  /**
   * What of a file is proven.
   *
   * <p>Each depth takes in those before it.
   */
  public enum Depth {
    /** Nothing. */
    NOTHING,
    /** The codes are those that the plan promises: they are read back and counted. */
    CODES,
    /** The file is run, and its outputs are compared with the source's. */
    OUTPUTS,
    /** Which kernels run it, what each layer loses, and how fast it is. */
    EVERYTHING
  }

  /**
   * The file against the model in which each weight is what its codes stand for: both compute the
   * same but for the order of sums.
   *
   * @param runs inputs on which outputs were compared
   * @param maxAbsDiff largest difference of an output element
   * @param sqnrDb signal to difference over all outputs; +∞ when equal
   */
  public record Dequantized(int runs, double maxAbsDiff, double sqnrDb) {}

  /**
   * What ONNX Runtime runs a file with.
   *
   * @param notFused nodes that were to run on codes and that ONNX Runtime runs in floating point
   *     all the same
   * @param quantizedByRuntime convolutions that the plan keeps and that ONNX Runtime, finding them
   *     between codes, quantizes itself
   * @param operators how many nodes of each operator the graph has that it made of the file
   */
  public record Kernels(
      List<String> notFused, long quantizedByRuntime, Map<String, Long> operators) {
    public Kernels {
      notFused = List.copyOf(notFused);
      operators = Collections.unmodifiableMap(new LinkedHashMap<>(operators));
    }
  }

  /** A file that nothing is proven of. */
  static Proof nothing(String reason) {
    return codes(0, new PromisedCodes.Found(0, 0), reason);
  }

  /** A file whose codes were read back, and that was not run. */
  static Proof codes(int tensors, PromisedCodes.Found found, String reason) {
    return new Proof(
        tensors,
        found.weights(),
        found.nodes(),
        Optional.of(reason),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        OptionalDouble.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  /** Nodes that were to run on codes and run in floating point, where that was looked at. */
  public List<String> notFused() {
    return kernels.map(Kernels::notFused).orElse(List.of());
  }

  /**
   * The least signal to noise ratio of an output, or of a quantity in one, in decibels; empty where
   * the file was not run, or no output can be measured.
   */
  public OptionalDouble leastSqnrDb() {
    return fidelity
        .flatMap(OutputFidelity::worst)
        .map(worst -> OptionalDouble.of(worst.part().sqnrDb()))
        .orElse(OptionalDouble.empty());
  }

  /** Why there is no {@link #leastSqnrDb}: the file was not run, or what its outputs are. */
  public String unmeasured() {
    return notRun.or(() -> fidelity.map(OutputFidelity::unmeasured)).orElse("");
  }

  /** Time of the source over that of the file; empty where nothing was timed. */
  public OptionalDouble speedup() {
    return latency.isPresent() ? OptionalDouble.of(latency.get().ratio()) : OptionalDouble.empty();
  }
}
