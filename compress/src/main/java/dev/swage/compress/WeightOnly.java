package dev.swage.compress;

import dev.swage.files.AtomicFile;
import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.graph.Prepared;
import dev.swage.onnx.OnnxModel;
import dev.swage.run.ModelFile;
import dev.swage.run.ModelSession;
import dev.swage.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Quantizes the weights of matrix products, convolutions and embeddings; activations stay float32.
 * Needs no data.
 *
 * <p>Memory: {@link #apply} keeps all codes on the heap. {@link #convert} takes models and weights
 * of any size: it keeps what is beyond some 64 MiB of codes in a file without a name beside the
 * output until they are written (disk: three times the output at most), and beside that needs a few
 * megabytes for scales at a time. Running the result for the proof takes several times the model;
 * see {@link #withRunLimit}.
 *
 * <pre>{@code
 * QuantizedModel small = WeightOnly.int4().apply(model);
 * }</pre>
 */
public final class WeightOnly {
  /** Metadata key of the scheme in words. */
  public static final String SCHEME_KEY = "swage.quantization";

  /** Metadata key of how many weights were quantized, as {@code 4 of 9}. */
  public static final String WEIGHTS_KEY = "swage.quantization.weights";

  /** {@link #withRunLimit} unless it is set: 2 GiB. */
  public static final long DEFAULT_RUN_LIMIT = 2L << 30;

  private final WeightOptions options;
  private final boolean prepare;
  private final boolean verify;
  private final long runLimit;

  private WeightOnly(WeightOptions options, boolean prepare, boolean verify, long runLimit) {
    this.options = options;
    this.prepare = prepare;
    this.verify = verify;
    this.runLimit = runLimit;
  }

  /** {@link WeightOptions#int8}. */
  public static WeightOnly int8() {
    return of(WeightOptions.int8());
  }

  /** {@link WeightOptions#int4}. */
  public static WeightOnly int4() {
    return of(WeightOptions.int4());
  }

  public static WeightOnly of(WeightOptions options) {
    return new WeightOnly(options, true, true, DEFAULT_RUN_LIMIT);
  }

  /**
   * The same on the graph as it is: it is not simplified first. Its operator set is still raised as
   * far as the codes need.
   */
  public WeightOnly unprepared() {
    return new WeightOnly(options, false, verify, runLimit);
  }

  /**
   * The same without a proof: {@link #convert} neither reads back what it wrote nor runs it, and
   * {@link Verification#notRun} says so.
   */
  public WeightOnly withoutVerification() {
    return new WeightOnly(options, prepare, false, runLimit);
  }

  /**
   * Source models of more bytes are not run for the proof: their codes are read back and compared,
   * and {@link Verification#notRun} says why no more. A run needs several times the model's bytes
   * of memory, and as much disk beside the output.
   */
  public WeightOnly withRunLimit(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("the run limit must not be negative, got " + bytes);
    }
    return new WeightOnly(options, prepare, verify, bytes);
  }

  public WeightOptions options() {
    return options;
  }

  /**
   * What would happen to each weight of the {@linkplain Preparation prepared} model.
   *
   * @throws CompressException if an excluded name is neither a weight nor a node of the model
   */
  public QuantPlan plan(OnnxModel model) {
    return plan(model, Preparation.of(model, preparation()), Set.of());
  }

  private QuantPlan plan(OnnxModel model, Prepared prepared, Set<String> coarse) {
    Set<String> exclude =
        Exclusions.follow(options.exclude(), model.graph(), prepared.model().graph());
    return Planner.plan(prepared.model(), options.excluding(exclude), coarse);
  }

  private PreparationOptions preparation() {
    return PreparationOptions.defaults().withSimplify(prepare);
  }

  /** The model prepared, in the operator set that the codes need. */
  private Prepared prepared(OnnxModel model, Set<String> coarse) {
    Prepared prepared = Preparation.of(model, preparation());
    long opset = Rewriter.opsetOf(plan(model, prepared, coarse));
    return opset <= prepared.model().opset()
        ? prepared
        : prepared.then(Preparation.of(prepared.model(), preparation().withOpset(opset)));
  }

  /**
   * Prepares, plans and rewrites; the model given is not changed.
   *
   * @throws CompressException if no weight can be quantized (the message counts the reasons), or a
   *     weight holds NaN or an infinity
   * @throws dev.swage.onnx.OnnxException if an operator of the model cannot be raised to the
   *     operator set that the codes need
   */
  public QuantizedModel apply(OnnxModel model) {
    CodeMemory memory = CodeMemory.heap();
    QuantizedModel result = draft(model, Set.of(), memory).make();
    Set<String> coarse = Coarseness.of(result, options);
    return coarse.isEmpty() ? result : draft(model, coarse, memory).make();
  }

  /** As {@link #apply}, written as soon as it is made. */
  private QuantizedModel apply(OnnxModel model, CodeMemory memory, Staging staging)
      throws IOException {
    Draft draft = draft(model, Set.of(), memory);
    try (Staging.Writing writing = staging.begin(draft, memory)) {
      QuantizedModel result = writing.make();
      Set<String> coarse = Coarseness.of(result, options);
      if (coarse.isEmpty()) {
        writing.finish();
        return result;
      }
      memory.settle();
      draft = draft(model, coarse, memory);
    }
    try (Staging.Writing writing = staging.begin(draft, memory)) {
      QuantizedModel result = writing.make();
      writing.finish();
      return result;
    }
  }

  private Draft draft(OnnxModel model, Set<String> coarse, CodeMemory memory) {
    Prepared prepared = prepared(model, coarse);
    QuantPlan plan = plan(model, prepared, coarse);
    if (plan.quantized() == 0) {
      throw new CompressException(
          "no weight can be quantized: "
              + (plan.weights().isEmpty() ? "the model has none" : plan.kept()));
    }
    Draft draft = Rewriter.draft(prepared, plan, options.range(), memory);
    return draft.withModel(
        draft
            .model()
            .withMetadata(SCHEME_KEY, options.describe())
            .withMetadata(WEIGHTS_KEY, plan.quantized() + " of " + plan.weights().size()));
  }

  /**
   * Quantizes one file into another and proves the result on seeded random inputs before it takes
   * the output's place: what preparing and what quantizing did to the outputs. Where ONNX Runtime
   * does not run the source on such inputs, the result's {@link Verification#notRun} says so.
   *
   * @throws CompressException if the output is the input or cannot be written, or as {@link #apply}
   *     and {@link Verifier#verify}
   * @throws dev.swage.onnx.OnnxException if the input cannot be read
   */
  public Conversion convert(Path input, Path output) {
    return convert(input, output, source -> ProbeInputs.of(input, source));
  }

  /**
   * As {@link #convert(Path, Path)}, proven on these inputs.
   *
   * @param inputs each a list of one tensor per input of the model
   */
  public Conversion convert(Path input, Path output, List<List<Tensor>> inputs) {
    return convert(input, output, source -> new ProbeInputs(inputs, Optional.empty()));
  }

  private Conversion convert(Path input, Path output, Function<OnnxModel, ProbeInputs> inputs) {
    requireOther(input, output);
    ModelFile file = ModelFile.read(input);
    try (Staging staging = Staging.beside(output);
        CodeMemory memory = CodeMemory.in(staging.workFolder(), output, CodeMemory.HEAP_BYTES)) {
      QuantizedModel quantized = apply(file.model(), memory, staging);
      Proof proof = prove(file, quantized, staging, inputs);
      return new Conversion(
          quantized, proof.agreement(), proof.verification(), file.bytes(), staging.commit());
    } catch (IOException e) {
      throw Staging.cannotWrite(output, e);
    }
  }

  private record Proof(Optional<Agreement> agreement, Verification verification) {}

  private Proof prove(
      ModelFile source,
      QuantizedModel quantized,
      Staging staging,
      Function<OnnxModel, ProbeInputs> inputs)
      throws IOException {
    if (!verify) {
      return new Proof(Optional.empty(), Verification.none("verification was switched off"));
    }
    if (source.bytes() > runLimit) {
      String reason =
          "the model takes %,d bytes, more than the %,d that are run for a proof"
              .formatted(source.bytes(), runLimit);
      return new Proof(Optional.empty(), Verifier.verifyCodes(staging.file(), quantized, reason));
    }
    ProbeInputs probe = inputs.apply(source.model());
    TrialModels trials = TrialModels.in(staging.workFolder());
    Optional<Agreement> agreement =
        PreparationCheck.of(source.path(), quantized.prepared(), probe.inputs(), trials);
    List<List<Tensor>> expected = outputs(source.path(), probe.inputs());
    Verification verification =
        Verifier.verify(staging.file(), quantized, probe.inputs(), expected, trials);
    return new Proof(
        agreement,
        probe.failure().isPresent() ? verification.because(probe.failure()) : verification);
  }

  private static List<List<Tensor>> outputs(Path model, List<List<Tensor>> inputs) {
    if (inputs.isEmpty()) {
      return List.of();
    }
    try (ModelSession session = ModelSession.open(model)) {
      return inputs.stream().map(session::run).toList();
    }
  }

  /** Fails, before anything is done, if the output is the input or cannot be written. */
  static void requireOther(Path input, Path output) {
    Staging.requireWritable(output);
    try {
      if (AtomicFile.isSame(input, output)) {
        throw new CompressException(
            "%s: the output is the input; name another file".formatted(output));
      }
    } catch (IOException e) {
      throw new CompressException(
          "%s: cannot be compared with %s: %s".formatted(output, input, e), e);
    }
  }
}
