package dev.swage.compress;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.ModelHash;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlanDocument;
import dev.swage.compress.planner.PlanResolution;
import dev.swage.compress.planner.SourceModel;
import dev.swage.compress.probe.ValueRanges;
import dev.swage.compress.proof.Agreement;
import dev.swage.compress.proof.Damage;
import dev.swage.compress.proof.MeasurableCheck;
import dev.swage.compress.proof.Proof;
import dev.swage.compress.proof.Proof.Depth;
import dev.swage.compress.proof.ProofData;
import dev.swage.compress.proof.ProofInputs;
import dev.swage.compress.proof.ProofOptions;
import dev.swage.compress.proof.Prover;
import dev.swage.compress.search.Score;
import dev.swage.compress.speed.MeasuredChoice;
import dev.swage.compress.weights.CodeMemory;
import dev.swage.compress.weights.Opsets;
import dev.swage.compress.write.PlanDraft;
import dev.swage.compress.write.PlanWriter;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.compress.write.Staging;
import dev.swage.data.DataSource;
import dev.swage.files.AtomicFile;
import dev.swage.files.FileMemory;
import dev.swage.files.InputFiles;
import dev.swage.files.WorkFolder;
import dev.swage.graph.PreparationOptions;
import dev.swage.graph.Prepared;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.range.Range;
import dev.swage.run.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Quantizes a model in any {@linkplain QuantMode mode}, always in the same steps: prepares the
 * graph, observes activations where ranges are fixed ahead, plans, carries the plan out, and proves
 * the file.
 *
 * <pre>{@code
 * ModelQuantization.of(QuantizeOptions.of(QuantMode.STATIC))
 *     .convert(model, small, QuantizeData.of(DataSource.open("idx:mnist?limit=256")));
 * }</pre>
 *
 * <p>Memory: codes of weights that are quantized alone, and the weights themselves, are never held:
 * they are mapped, quantized a piece at a time and written, while the file is written from its
 * beginning. What is beyond some 64 MiB of codes lies in a file without a name beside the output
 * until then (disk: three times the output at most). Codes of static and dynamic nodes are on the
 * heap. Running the result for the proof takes several times the model: {@link ProofOptions}.
 */
public final class ModelQuantization {
  /** Metadata key of what became codes, in words. */
  public static final String SCHEME_KEY = "swage.quantization";

  /** Metadata key of how many weights became codes, as {@code 4 of 9}. */
  public static final String WEIGHTS_KEY = "swage.quantization.weights";

  private final QuantizeOptions options;
  private final QuantizeRun run;

  private ModelQuantization(QuantizeOptions options, QuantizeRun run) {
    this.options = options;
    this.run = run;
  }

  public static ModelQuantization of(QuantizeOptions options) {
    return new ModelQuantization(options, QuantizeRun.quiet());
  }

  /** The same, watched, stopped and resumed as {@code how} says. */
  public ModelQuantization with(QuantizeRun how) {
    return new ModelQuantization(options, how);
  }

  /**
   * Decides what becomes of each node; writes nothing.
   *
   * @throws CompressException if an excluded name is not in the model, or no node can be quantized
   *     (the message counts the reasons)
   */
  public PlannedModel plan(Path input, QuantizeData data) {
    return guarded(input, () -> named(input, () -> decide(read(input), data)).planned());
  }

  /**
   * Decides what becomes of each node of a model in memory, also where nothing can be quantized.
   *
   * @throws CompressException if an excluded name is not in the model, or a weight that would be
   *     quantized holds NaN or infinities
   */
  public PlannedModel plan(OnnxModel model, QuantizeData data) {
    SourceModel source = inMemory(model);
    return planning(source, data).consider(source).planned();
  }

  /**
   * Quantizes a model in memory; nothing is written or proven.
   *
   * @throws CompressException as {@link #plan(Path, QuantizeData)}
   */
  public QuantizedModel apply(OnnxModel model, QuantizeData data) {
    return write(decide(inMemory(model), data), CodeMemory.heap()).make();
  }

  /** What is wrong with a model is said with the name of its file. */
  private static <T> T named(Path input, Supplier<T> work) {
    try {
      return work.get();
    } catch (CompressException e) {
      throw new CompressException(named(input, e.getMessage()), e);
    } catch (OnnxException e) {
      throw new OnnxException(named(input, e.getMessage()), e);
    }
  }

  private static String named(Path input, @Nullable String message) {
    String text = String.valueOf(message);
    return text.contains(input.toString()) ? text : input + ": " + text;
  }

  private SourceModel inMemory(OnnxModel model) {
    ModelFile file = new ModelFile(Path.of("the model"), model, model.graph().weightBytes());
    return SourceModel.of(file, ModelHash.of(""), preparation());
  }

  /**
   * Quantizes one file into another.
   *
   * @throws CompressException as {@link #plan(Path, QuantizeData)}; or if the output is the input
   *     or cannot be written, preparing changes the outputs, or the proof fails: nothing is left
   *     under the output's name then
   */
  public Conversion convert(Path input, Path output, QuantizeData data) {
    return guarded(output, () -> converted(input, output, data));
  }

  /** Mapped memory that cannot be reached, as of a file that is cut off, is a failure of files. */
  private static <T> T guarded(Path file, Supplier<T> work) {
    try {
      return work.get();
    } catch (InternalError e) {
      throw new CompressException(
          "%s: cannot be written: %s".formatted(file, FileMemory.explain(e).orElseThrow(() -> e)),
          e);
    }
  }

  private Conversion converted(Path input, Path output, QuantizeData data) {
    requireOther(input, output);
    SourceModel source = named(input, () -> read(input));
    ProofInputs inputs =
        new ProofInputs(source.file(), options.proof(), data.samples(), observed(source, data));
    // What follows may take minutes; weights alone are planned at once, and compared then.
    if (options.mode() != QuantMode.WEIGHT_ONLY || options.goal().hasBounds()) {
      inputs.agreement(source, output);
    }
    if (options.goal().minSqnrDb().isPresent()
        && options.proof().notRun(source.file().bytes()).isEmpty()) {
      MeasurableCheck.require(source.file(), inputs.samples());
    }
    Planning planning = new Planning(options, run, data, inputs::samples);
    return write(named(input, () -> planning.decide(source)), output, inputs);
  }

  /**
   * Carries out a plan, as it was made or after a person changed it.
   *
   * @param samples to prove the result on; when empty, seeded random inputs in the plan's ranges
   * @throws CompressException if the plan is for another model, names a node the model lacks, or
   *     asks of a node what cannot be done; or as {@link #convert}
   */
  public Conversion apply(
      PlanDocument plan, Path input, Path output, Optional<DataSource> samples) {
    return guarded(output, () -> applied(plan, input, output, samples));
  }

  private Conversion applied(
      PlanDocument plan, Path input, Path output, Optional<DataSource> samples) {
    requireOther(input, output);
    SourceModel source =
        SourceModel.read(input, PlanResolution.preparation(plan).withSimplify(options.simplify()));
    Map<String, Range> ranges = new HashMap<>();
    plan.values().forEach(value -> ranges.put(value.name(), value.range()));
    ProofInputs inputs =
        new ProofInputs(
            source.file(), options.proof(), samples, new ValueRanges(ranges, "the plan's ranges"));
    ModelPlan resolved = PlanResolution.of(plan, source);
    SourceModel raised = source.raisedTo(Opsets.of(resolved), false);
    PlannedModel planned = PlannedModel.given(resolved, raised.prepared());
    return write(new Planning.Decided(raised, planned), output, inputs);
  }

  /**
   * Carries out a plan on a model that was trained for it: the graph that was prepared for the
   * plan, with other weights. The file is proven against this model.
   *
   * @param trained the prepared model, in floats
   * @param samples to prove the result on; when empty, seeded random inputs
   * @throws CompressException as {@link #convert}
   */
  public Conversion write(
      ModelPlan plan, OnnxModel trained, Path output, Optional<DataSource> samples) {
    return guarded(
        output,
        () -> {
          Staging.requireWritable(output);
          try (WorkFolder folder = WorkFolder.in(output.toAbsolutePath().resolveSibling(""))) {
            Path floats = folder.path().resolve(output.getFileName());
            OnnxWriter.write(trained, floats);
            ModelFile file = ModelFile.read(floats);
            SourceModel source =
                new SourceModel(file, ModelHash.of(file), Prepared.asIs(trained))
                    .raisedTo(Opsets.of(plan), false);
            ProofInputs inputs =
                new ProofInputs(
                    file,
                    options.proof(),
                    samples,
                    new ValueRanges(Map.of(), "no observed ranges"));
            return write(
                new Planning.Decided(source, PlannedModel.given(plan, source.prepared())),
                output,
                inputs);
          } catch (IOException e) {
            throw CompressException.cannotWrite(output, e);
          }
        });
  }

  /** As {@link #apply(PlanDocument, Path, Path, Optional)}, of a plan as it was made. */
  public Conversion apply(ModelPlan plan, Path input, Path output, Optional<DataSource> samples) {
    return apply(PlanDocument.of(plan), input, output, samples);
  }

  private Planning.Decided decide(SourceModel source, QuantizeData data) {
    return planning(source, data).decide(source);
  }

  private Planning planning(SourceModel source, QuantizeData data) {
    ProofInputs inputs =
        new ProofInputs(source.file(), options.proof(), data.samples(), observed(source, data));
    return new Planning(options, run, data, inputs::samples);
  }

  /** What is known of the inputs' values from statistics. */
  private static ValueRanges observed(SourceModel source, QuantizeData data) {
    Map<String, Range> ranges = new HashMap<>();
    for (ValueInfo feed : source.file().model().graph().feeds()) {
      data.observed()
          .flatMap(calibration -> calibration.tensor(feed.name()))
          .filter(tensor -> !tensor.statistics().isEmpty())
          .ifPresent(tensor -> ranges.put(feed.name(), tensor.statistics().observed()));
    }
    return new ValueRanges(ranges, "the ranges that were observed");
  }

  private SourceModel read(Path input) {
    return SourceModel.read(input, preparation());
  }

  private PreparationOptions preparation() {
    PreparationOptions preparation =
        PreparationOptions.defaults()
            .withSimplify(options.simplify())
            .withIntegerForms(options.mode().needsData())
            .withDenseShuffles(options.goal().objective() == Objective.SPEED)
            .withCopies(options.mode() != QuantMode.WEIGHT_ONLY);
    return options.opset() == 0 ? preparation : preparation.withOpset(options.opset());
  }

  private static PlanDraft write(Planning.Decided decided, CodeMemory memory) {
    ModelPlan plan = decided.planned().plan();
    PlanDraft draft = PlanWriter.draft(decided.source().prepared(), plan, memory);
    OnnxModel described =
        draft
            .weights()
            .model()
            .withMetadata(SCHEME_KEY, plan.summary())
            .withMetadata(
                WEIGHTS_KEY,
                "%s of %s"
                    .formatted(
                        Long.toString(plan.quantizedWeights()),
                        Integer.toString(plan.weights().size())));
    return draft.withModel(
        decided
            .source()
            .file()
            .outputKind()
            .meaning()
            .map(meaning -> meaning.applyTo(described))
            .orElse(described));
  }

  private Conversion write(Planning.Decided decided, Path output, ProofInputs inputs) {
    SourceModel source = decided.source();
    PlannedModel planned = decided.planned();
    ProofData data = inputs.data(mustRun(planned, inputs)).withCalibration(planned.calibration());
    Optional<Agreement> agreement = inputs.agreement(source, output);
    try (Staging staging = Staging.beside(output);
        CodeMemory memory = CodeMemory.in(staging.workFolder(), output, CodeMemory.HEAP_BYTES)) {
      PlanDraft draft = write(decided, memory);
      QuantizedModel quantized;
      try (Staging.Writing writing = staging.begin(draft.weights(), memory)) {
        quantized = draft.made(writing.make());
        writing.finish();
      }
      Prover prover =
          new Prover(
              source, staging.file(), quantized, data, options.proof(), staging.workFolder());
      Proof proof = prover.prove();
      boolean onNoise = data.samples().map(DataSource::isNoise).orElse(false);
      Damage damage = Damage.of(planned.plan(), proof, options.goal().bounded(), onNoise);
      Outcome outcome = outcome(planned, proof, damage);
      long bytes = outcome == Outcome.WRITTEN ? staging.commit() : staging.bytes();
      return new Conversion(
          planned, quantized, agreement, proof, damage, source.file().bytes(), bytes, outcome);
    } catch (IOException e) {
      throw CompressException.cannotWrite(output, e);
    }
  }

  /**
   * Activations that become codes need inputs to be proven on; weights alone are read back, also
   * where the source takes too much to run.
   */
  private boolean mustRun(PlannedModel planned, ProofInputs inputs) {
    return !planned.plan().isWeightsAlone()
        || (options.proof().depth() == Depth.EVERYTHING && !inputs.isLimited());
  }

  private Outcome outcome(PlannedModel planned, Proof proof, Damage damage) {
    QuantGoal goal = options.goal();
    if (!goal.bounds().map(bounds -> bounds.met(score(goal, proof))).orElse(true)) {
      return planned.search().filter(search -> !search.finished()).isPresent()
          ? Outcome.STOPPED
          : Outcome.BOUND_MISSED;
    }
    if (damage.isSevere() && !goal.allowDamage()) {
      return Outcome.DAMAGED;
    }
    if (planned.plan().quantized() == 0 && goal.hasBounds()) {
      return Outcome.NOTHING_QUANTIZED;
    }
    boolean faster = planned.plan().quantized() > 0 && isFaster(planned, proof);
    return goal.objective() == Objective.SIZE || faster ? Outcome.WRITTEN : Outcome.NOT_FASTER;
  }

  /** A bound on what was not measured is refused. */
  private static Score score(QuantGoal goal, Proof proof) {
    if (goal.minSqnrDb().isPresent() && proof.leastSqnrDb().isEmpty()) {
      throw new CompressException("a bound of the SQNR cannot be measured: " + proof.unmeasured());
    }
    if (goal.maxAccuracyDrop().isPresent() && proof.accuracyDrop().isEmpty()) {
      throw new CompressException(
          "a bound of the accuracy cannot be measured: "
              + proof.notRun().or(proof::unscored).orElse("the data have no classes"));
    }
    return new Score(proof.leastSqnrDb().orElse(Double.NaN), proof.accuracyDrop(), 0);
  }

  /** By the proof; by what nodes took where the proof timed nothing. */
  private static boolean isFaster(PlannedModel planned, Proof proof) {
    return proof.speedup().isPresent()
        ? proof.speedup().getAsDouble() > 1
        : planned.timing().map(MeasuredChoice::faster).orElse(true);
  }

  /** Fails, before anything is done, if the output is an input or cannot be written. */
  private static void requireOther(Path input, Path output) {
    Staging.requireWritable(output);
    InputFiles inputs = new InputFiles();
    OnnxReader.files(input).forEach(inputs::add);
    try {
      if (AtomicFile.isSame(input, output)) {
        throw new CompressException(
            "%s: the output is the input; name another file".formatted(output));
      }
      if (inputs.holds(output)) {
        throw new CompressException(
            "%s: the input %s refers to it; name another file".formatted(output, input));
      }
      Optional<Path> data = inputs.dataOf(output);
      if (data.isPresent()) {
        throw new CompressException(
            "%s: its data file might be %s, to which the input refers; name another file"
                .formatted(output, data.get()));
      }
    } catch (IOException e) {
      throw new CompressException(
          "%s: cannot be compared with %s: %s".formatted(output, input, e), e);
    }
  }
}
