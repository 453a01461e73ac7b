package dev.swage.compress;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.Calibrator;
import dev.swage.compress.calibrate.NothingToObserveException;
import dev.swage.compress.search.Score;
import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Quantizes a model file in any {@linkplain QuantMode mode}: prepares the graph, observes
 * activations where ranges are fixed ahead, plans, carries the plan out, and proves the file.
 *
 * <pre>{@code
 * ModelQuantization.of(QuantizeOptions.of(QuantMode.STATIC))
 *     .convert(model, small, QuantizeData.of(DataSource.open("idx:mnist?limit=256")));
 * }</pre>
 */
public final class ModelQuantization {
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
    SourceModel source = read(input);
    return plan(source, data);
  }

  /**
   * Quantizes one file into another.
   *
   * @throws CompressException as {@link #plan}; or if the output is the input or cannot be written,
   *     preparing changes the outputs, or the proof fails: nothing is left under the output's name
   *     then
   */
  public ModelConversion convert(Path input, Path output, QuantizeData data) {
    WeightOnly.requireOther(input, output);
    SourceModel source = read(input);
    return write(source, plan(source, data), output, data.samples());
  }

  /**
   * Carries out a plan, as it was made or after a person changed it.
   *
   * @param samples to prove the result on; seeded random inputs when empty
   * @throws CompressException if the plan is for another model, names a node the model lacks, or
   *     asks of a node what cannot be done; or as {@link #convert}
   */
  public ModelConversion apply(
      ModelPlan plan, Path input, Path output, Optional<DataSource> samples) {
    WeightOnly.requireOther(input, output);
    SourceModel source =
        SourceModel.read(input, plan.opset(), plan.fixesRanges(), plan.objective());
    PlanCheck.require(plan, source);
    PlannedModel planned = PlannedModel.given(plan.settled(), source.prepared());
    return write(source.raisedTo(Opsets.of(plan, source.model())), planned, output, samples);
  }

  private SourceModel read(Path input) {
    return SourceModel.read(
        input, Opsets.of(options), options.mode().needsData(), options.goal().objective());
  }

  private ModelConversion write(
      SourceModel source, PlannedModel planned, Path output, Optional<DataSource> samples) {
    DataSource data = samples.orElseGet(() -> ProbeSource.of(source.file()));
    try (Staging staging = Staging.beside(output);
        CodeMemory memory = CodeMemory.in(staging.workFolder(), output, CodeMemory.HEAP_BYTES)) {
      Rewritten rewritten = PlanRewriter.rewrite(source.model(), planned.plan(), memory);
      staging.write(described(rewritten));
      ModelProver prover =
          new ModelProver(source, staging.file(), rewritten, data, planned.calibration());
      Optional<Agreement> agreement = prover.agreement();
      Proof proof = prover.prove();
      OptionalDouble drop =
          options.goal().maxAccuracyDrop().isPresent()
              ? OptionalDouble.of(prover.accuracyDrop())
              : OptionalDouble.empty();
      Outcome outcome = outcome(planned, proof, drop);
      long bytes = outcome == Outcome.WRITTEN ? staging.commit() : staging.bytes();
      return new ModelConversion(
          planned, agreement, proof, drop, source.file().bytes(), bytes, outcome);
    } catch (IOException e) {
      throw Staging.cannotWrite(output, e);
    }
  }

  private Outcome outcome(PlannedModel planned, Proof proof, OptionalDouble drop) {
    QuantGoal goal = options.goal();
    Score score = new Score(proof.fidelity().leastSqnrDb(), drop, 0);
    if (!goal.bounds().map(bounds -> bounds.met(score)).orElse(true)) {
      return planned.search().filter(search -> !search.finished()).isPresent()
          ? Outcome.STOPPED
          : Outcome.BOUND_MISSED;
    }
    if (planned.plan().quantized() == 0 && goal.hasBounds()) {
      return Outcome.NOTHING_QUANTIZED;
    }
    boolean faster = planned.plan().quantized() > 0 && proof.latency().ratio() > 1;
    return goal.objective() == QuantGoal.Objective.SIZE || faster
        ? Outcome.WRITTEN
        : Outcome.NOT_FASTER;
  }

  private static OnnxModel described(Rewritten rewritten) {
    return rewritten.model().withMetadata(WeightOnly.SCHEME_KEY, rewritten.plan().summary());
  }

  private PlannedModel plan(SourceModel source, QuantizeData data) {
    return excludingAsPrepared(source).planPrepared(source, data);
  }

  /** The same with names excluded as they are called in the prepared graph. */
  private ModelQuantization excludingAsPrepared(SourceModel source) {
    if (options.exclude().isEmpty()) {
      return this;
    }
    Graph after = source.model().graph();
    Set<String> followed =
        Exclusions.follow(options.exclude(), source.file().model().graph(), after);
    Set<String> known = Exclusions.all(after);
    for (String name : followed) {
      if (!known.contains(name)) {
        throw new CompressException(
            "cannot exclude '%s': the model has no node, weight or value of that name"
                .formatted(name));
      }
    }
    return new ModelQuantization(options.excluding(followed), run);
  }

  private PlannedModel planPrepared(SourceModel source, QuantizeData data) {
    Optional<Calibration> calibration = calibration(source, data);
    ModelPlanner planner = new ModelPlanner(source, options, engines(source, calibration));
    ModelPlan all = planner.plan(Map.of());
    if (all.quantized() == 0) {
      throw new CompressException(
          "no node can be quantized: %s%s"
              .formatted(all.kept(), calibration.map(ModelQuantization::nonFinite).orElse("")));
    }
    DataSource samples = data.samples().orElseGet(() -> ProbeSource.of(source.file()));
    NodeSelection.Selected selected =
        new NodeSelection(source, options, run, planner, samples, calibration).select(all);
    return new PlannedModel(
        selected.plan(), source.prepared(), calibration, selected.timing(), selected.search());
  }

  /** Where data first gave NaN or infinities. */
  private static String nonFinite(Calibration calibration) {
    return calibration.tensors().stream()
        .filter(tensor -> !tensor.nonFiniteSamples().isEmpty())
        .findFirst()
        .map(tensor ->
            "; '%s' held NaN or infinities first in sample %d of %s"
                .formatted(
                    tensor.name(),
                    tensor.nonFiniteSamples().getFirst().sample(),
                    calibration.data()))
        .orElse("");
  }

  private List<PlanEngine> engines(SourceModel source, Optional<Calibration> calibration) {
    List<PlanEngine> engines = new ArrayList<>();
    calibration.ifPresent(
        observed -> engines.add(new StaticEngine(source.model(), observed, options)));
    if (options.mode() == QuantMode.DYNAMIC || options.mode() == QuantMode.MIXED) {
      engines.add(new DynamicEngine(source.model(), options));
    }
    if (options.mode() != QuantMode.STATIC && !isDynamicForSpeed()) {
      engines.add(new WeightEngine(source.model(), options.weights()));
    }
    return engines;
  }

  /** Weights alone make a model smaller, not faster: beside dynamic nodes they are for size. */
  private boolean isDynamicForSpeed() {
    return options.mode() == QuantMode.DYNAMIC
        && options.goal().objective() == QuantGoal.Objective.SPEED;
  }

  private Optional<Calibration> calibration(SourceModel source, QuantizeData data) {
    if (!options.mode().needsData()) {
      return Optional.empty();
    }
    data.observed().ifPresent(observed -> observed.requireModel(source.path(), source.sha256()));
    return data.observed().or(() -> observe(source, data.samples().orElseThrow(this::withoutData)));
  }

  private CompressException withoutData() {
    return new CompressException(
        "mode %s needs calibration data, the inputs whose activations set the ranges"
            .formatted(options.mode().label()));
  }

  /** Statistics; none where nodes have other ways than static and none of them can be that. */
  private Optional<Calibration> observe(SourceModel source, DataSource samples) {
    try {
      return Optional.of(
          new Calibrator(options.activations().calibration(), run.listeners().calibration())
              .observe(source.path().toString(), source.model(), source.sha256(), samples));
    } catch (NothingToObserveException e) {
      if (options.mode() == QuantMode.STATIC) {
        throw e;
      }
      return Optional.empty();
    }
  }
}
