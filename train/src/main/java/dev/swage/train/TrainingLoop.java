package dev.swage.train;

import dev.swage.clip.ClipDecision;
import dev.swage.clip.ClipStep;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.ParameterInfo;
import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.graph.GraphEvaluator;
import dev.swage.graph.Preparation;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxModel;
import dev.swage.range.RangeKeeper;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.quantize.ObservedRanges;
import dev.swage.train.quantize.QuantizerKeeper;
import dev.swage.train.quantize.StepSizeException;
import dev.swage.train.torch.Reachability;
import dev.swage.train.torch.TorchSession;
import dev.swage.train.torch.lib.TorchRuntime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** One run of a {@link Trainer}: its epochs, from wherever it starts to its end. */
final class TrainingLoop implements AutoCloseable {
  private final Trainer trainer;
  private final DataSource data;
  private final OnnxModel model;
  private final Optimizer optimizer;
  private final Objective objective;
  private final Labels labels;
  private final Evaluator evaluator;
  private final TorchSession session;
  private final Optional<Teacher> teacher;
  private final OpenParts parts;
  private final BatchFeed feed;
  private final TrainingPlan plan;
  private final QuantizerKeeper quantizers;
  private final OptimizerStep optimizerStep;
  private final Best best;
  private final Optional<WeightAverage> average;
  private final Validation validation;
  private final Optional<CheckpointKeeper> keeper;
  private final Progress progress;
  private final WeightTable weights;
  private boolean reached;

  TrainingLoop(Trainer trainer, DataSource data) {
    this(trainer, data, new OpenParts());
  }

  /**
   * Opens what the run needs, or nothing where that fails.
   *
   * @param parts takes over everything that is to be closed
   */
  TrainingLoop(Trainer trainer, DataSource data, OpenParts parts) {
    this.trainer = trainer;
    this.data = data;
    this.parts = parts;
    OnnxModel inlined = Preparation.inlined(trainer.model, GraphEvaluator.none());
    this.model =
        InputNormalization.of(
            trainer.quantizers.startsLater() ? ObservedRanges.addedTo(inlined) : inlined, data);
    trainer.validation.ifPresent(source -> InputNormalization.requireSame(data.schema(), source));
    Map<String, String> settings =
        trainer.checkpoints.isPresent() || trainer.resumed.isPresent()
            ? Settings.of(trainer, model, data)
            : Map.of();
    trainer.resumed.ifPresent(from -> Settings.requireSame(from, settings));
    Loss loss = trainer.loss.orElseThrow();
    this.optimizer = trainer.optimizer.orElseThrow();
    this.objective = Objective.of(loss, model);
    this.labels = Labels.of(loss, model);
    this.evaluator = new Evaluator(loss, objective, labels, trainer.batchSize);
    this.best = new Best(trainer.earlyStopping);
    try {
      this.session = parts.add(TorchSession.open(start(), options()), TorchSession::close);
      this.teacher =
          trainer.lesson.map(lesson ->
              parts.add(
                  Teacher.open(lesson.teacher(), lesson.how(), loss, objective, data),
                  Teacher::close));
      List<Parameter> parameters = parameters(model, session);
      prepare(trainer.clipper, parameters, optimizer);
      this.quantizers = quantizers(trainer, model, session, data.size());
      Optional<RangeKeeper> ranges = ranges(trainer, model, parameters);
      this.weights = new WeightTable(parameters, ranges);
      Optimizer.Stepper stepper = parts.add(optimizer.start(parameters), Optimizer.Stepper::close);
      this.optimizerStep =
          new OptimizerStep(
              session,
              parameters,
              trainer.clipper,
              stepper,
              trainer.accumulate,
              ranges,
              quantizers);
      this.feed = parts.add(new BatchFeed(data, trainer.batchSize, trainer.seed), BatchFeed::close);
      this.plan = plan(parameters);
      this.average =
          trainer.averaging.isPresent()
              ? Optional.of(
                  parts.add(
                      new WeightAverage(trainer.averaging.getAsDouble(), parameters),
                      WeightAverage::close))
              : Optional.empty();
      this.validation = new Validation(evaluator, session, trainer.validation, average);
      TrainingState state =
          new TrainingState(
              session,
              parameters,
              stepper,
              trainer.clipper,
              best,
              average,
              weights,
              quantizers,
              teacher);
      this.progress =
          trainer.resumed.map(state::restore).orElseGet(() -> new Progress(plan.parameterNames()));
      this.keeper =
          trainer.checkpoints.map(policy ->
              parts.add(
                  new CheckpointKeeper(policy, state, trainer, settings), CheckpointKeeper::close));
    } catch (RuntimeException | Error e) {
      parts.closeAfter(e);
      throw e;
    }
  }

  private OnnxModel start() {
    return trainer.resumed.map(from -> TrainingState.restoredModel(model, from)).orElse(model);
  }

  private TorchSession.Options options() {
    return new TorchSession.Options(
        objective.head(),
        trainer.seed,
        differentiable(),
        trainer.frozenStatistics,
        trainer.quantizers,
        shown());
  }

  /** Values that are compared with a teacher's. */
  private List<String> shown() {
    trainer.lesson.ifPresent(
        lesson -> Teacher.requireValues("the model", model.graph(), lesson.how()));
    return trainer.lesson.map(lesson -> lesson.how().layers()).orElse(List.of());
  }

  /** The chosen weights, less those that the loss cannot be differentiated by. */
  private List<String> differentiable() {
    List<String> chosen = trainer.weights.of(model.graph());
    String value = model.graph().outputs().getFirst().name();
    Map<String, String> lost = Reachability.unreachable(model.graph(), value, chosen);
    if (lost.isEmpty()) {
      return chosen;
    }
    Map.Entry<String, String> first = lost.entrySet().iterator().next();
    if (trainer.weights.isExplicit()) {
      throw new TrainingException(
          "weight '%s' cannot be trained: %s; leave it out of the weights to train"
              .formatted(first.getKey(), first.getValue()));
    }
    warn(
        "%d weights are not trained, for the loss has no gradient for them, such as '%s': %s"
            .formatted(lost.size(), first.getKey(), first.getValue()));
    return chosen.stream().filter(name -> !lost.containsKey(name)).toList();
  }

  private static QuantizerKeeper quantizers(
      Trainer trainer, OnnxModel model, TorchSession session, long samples) {
    List<String> trained = session.weights().stream().map(TorchSession.Weight::name).toList();
    long steps = samples / ((long) trainer.batchSize * trainer.accumulate) * trainer.epochs;
    try {
      return new QuantizerKeeper(
          trainer.quantizers, model.graph(), session.changing(), trained, steps);
    } catch (IllegalArgumentException e) {
      throw new TrainingException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Does what is due to quantizers after so many steps. */
  private void enter() {
    if (quantizers.enter(progress.step)) {
      average.ifPresent(WeightAverage::restartQuantizers);
    }
    session.setQuantizers(quantizers.phase());
    if (trainer.quantizers.freezesStatistics(progress.step)) {
      session.freezeStatistics();
    }
  }

  /** Before codes, a score is that of floats: it decides nothing. */
  private boolean decides() {
    return progress.step >= trainer.quantizers.start();
  }

  private TrainingPlan plan(List<Parameter> parameters) {
    int perStep = trainer.batchSize * trainer.accumulate;
    return new TrainingPlan(
        trainer.epochs,
        data.size() / perStep,
        perStep,
        parameters.stream().mapToLong(p -> p.shape().elements()).sum(),
        parameters.stream().map(Parameter::name).toList(),
        TorchRuntime.describe(),
        data.textUnit());
  }

  private static List<Parameter> parameters(OnnxModel model, TorchSession session) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    session.weights().forEach(weight -> shapes.put(weight.name(), weight.shape()));
    List<ParameterInfo> infos = ParameterInfos.of(model.graph(), shapes);
    if (infos.isEmpty()) {
      throw new TrainingException("the model has no float32 weights that can be trained");
    }
    return IntStream.range(0, infos.size())
        .mapToObj(i -> new Parameter(infos.get(i), session.weights().get(i).data()))
        .toList();
  }

  /** Makes the clipper begin afresh, and asks whether it can clip this model and optimizer. */
  private static void prepare(
      GradientClipper clipper, List<Parameter> parameters, Optimizer optimizer) {
    clipper.reset();
    try {
      clipper.check(parameters.stream().map(Parameter::info).toList(), optimizer.secondMoments());
    } catch (IllegalArgumentException e) {
      throw new TrainingException(String.valueOf(e.getMessage()), e);
    }
  }

  /** What range control is of the trained weights. */
  private static Optional<RangeKeeper> ranges(
      Trainer trainer, OnnxModel model, List<Parameter> parameters) {
    Set<String> untrained = new TreeSet<>(model.graph().initializers().keySet());
    parameters.forEach(parameter -> untrained.remove(parameter.name()));
    try {
      return trainer.ranges.map(controls ->
          new RangeKeeper(controls, parameters.stream().map(Parameter::info).toList(), untrained));
    } catch (IllegalArgumentException e) {
      throw new TrainingException(String.valueOf(e.getMessage()), e);
    }
  }

  TrainingRun run() {
    try {
      return runToItsEnd();
    } catch (StepSizeException e) {
      throw new TrainingException(
          "step %d (epoch %d): %s".formatted(progress.step, progress.epoch, e.getMessage()), e);
    }
  }

  private TrainingRun runToItsEnd() {
    trainer.listeners.forEach(listener -> listener.started(plan));
    tellOfResume();
    quantizers.warnings().forEach(this::warn);
    enter();
    boolean going = !finished();
    while (!finished()) {
      EpochRecord record = epoch();
      if (trainer.profiled) {
        progress.weights.addAll(weights.profile(progress.epoch));
      }
      progress.endEpoch(record);
      offer(record);
      trainer.listeners.forEach(listener -> listener.epoch(record));
      if (!finished()) {
        keeper.ifPresent(k -> k.afterEpoch(progress));
        stopIfAsked();
      }
    }
    if (going) {
      keeper.ifPresent(k -> k.last(progress, true));
    }
    return result();
  }

  private void offer(EpochRecord record) {
    if (!decides()) {
      return;
    }
    best.offer(record, validation::values);
    if (best.epoch() == record.epoch()) {
      best.values()
          .ifPresent(values ->
              trainer.listeners.forEach(
                  listener -> listener.improved(record, () -> trained(values))));
    }
  }

  private boolean finished() {
    return progress.epoch > trainer.epochs || best.exhausted() || reached;
  }

  private void tellOfResume() {
    trainer.resumeWarnings.forEach(this::warn);
    if (trainer.resumed.isPresent()) {
      Checkpoint from = trainer.resumed.get();
      Settings.runtimeChange(from).ifPresent(this::warn);
      trainer.listeners.forEach(listener -> listener.resumed(from));
    }
  }

  private void warn(String message) {
    trainer.listeners.forEach(listener -> listener.warning(message));
  }

  private void stopIfAsked() {
    if (trainer.control.stopRequested()) {
      throw new TrainingStoppedException(
          progress.step, plan.totalSteps(), keeper.map(k -> k.last(progress, false)));
    }
  }

  private TrainingRun result() {
    Map<String, Tensor> values = best.values().orElseGet(validation::values);
    int bestEpoch = best.values().isPresent() ? best.epoch() : progress.epochs.size();
    return new TrainingRun(
        trained(values),
        new TrainingHistory(
            progress.epochs,
            bestEpoch,
            progress.stepLosses,
            progress.clip,
            progress.weights,
            progress.norms),
        plan,
        evaluator,
        trainer.seed);
  }

  private OnnxModel trained(Map<String, Tensor> values) {
    return described(withValues(model, values));
  }

  /** The model as it came, with what its metadata say after training. */
  OnnxModel untrained() {
    return described(model);
  }

  private OnnxModel described(OnnxModel weighted) {
    return data.schema().applyTo(objective.describe(weighted));
  }

  private EpochRecord epoch() {
    Progress.EpochSums sums = progress.sums;
    long start = System.nanoTime() - (long) (sums.seconds * 1e9);
    int steps = Math.toIntExact(plan.stepsPerEpoch());
    StepBatches batches =
        new StepBatches(
            feed.epoch(
                progress.epoch, sums.steps * trainer.accumulate, steps * trainer.accumulate));
    if (sums.steps == 0) {
      forgetStates();
    }
    while (sums.steps < steps && !reached) {
      step(batches);
      lookAtTarget();
      sums.seconds = (System.nanoTime() - start) * 1e-9;
      keeper.ifPresent(k -> k.afterStep(progress));
      stopIfAsked();
    }
    Score training = evaluator.scoreOf(sums.loss, sums.correct, sums.labels, sums.samples);
    Optional<Score> validated = validation.score().map(Score::withoutConfusion);
    reached |=
        decides()
            && trainer.target.isPresent()
            && trainer.target.get().reachedBy(validated.orElseThrow());
    double seconds = (System.nanoTime() - start) * 1e-9;
    return new EpochRecord(progress.epoch, training, validated, rate(progress.step - 1), seconds);
  }

  private void forgetStates() {
    session.setStates(Map.of());
    teacher.ifPresent(known -> known.setStates(Map.of()));
  }

  /** Scores between epochs when the rule that ends the run says so. */
  private void lookAtTarget() {
    reached =
        decides()
            && trainer.target.isPresent()
            && trainer.target.get().isDue(progress.step)
            && trainer.target.get().reachedBy(validation.score().orElseThrow());
  }

  private double rate(long step) {
    return trainer.schedule.rate(step, plan.totalSteps(), optimizer.learningRate());
  }

  private void step(StepBatches batches) {
    long number = progress.step;
    double rate = rate(number);
    teacher.ifPresent(Teacher::mark);
    OptimizerStep.Outcome outcome =
        optimizerStep.take(batches, new ClipStep(number, rate, optimizer.learningRate()));
    double loss = outcome.scores().loss();
    ClipDecision decision = outcome.decision();
    if (outcome.skipped()) {
      teacher.ifPresent(Teacher::rollBack);
    } else {
      average.ifPresent(a -> a.add(number));
      progress.sums.add(loss, outcome.scores(), plan.samplesPerStep());
    }
    progress.clip.add(decision);
    progress.norms.add(outcome.norms());
    progress.stepLosses.add(loss);
    progress.sums.steps++;
    progress.step++;
    enter();
    StepRecord record =
        new StepRecord(
            number,
            progress.epoch,
            loss,
            rate,
            decision.record(),
            outcome.skipped(),
            outcome.norms(),
            outcome.updateRatio(),
            outcome.rangeLoss(),
            outcome.quantizerShare(),
            outcome.quantizers().flips(),
            outcome.quantizers().frozen(),
            batches.takeSamples());
    trainer.listeners.forEach(listener -> listener.step(record));
  }

  /** An epoch's batches, run forwards and backwards one by one. */
  private final class StepBatches implements OptimizerStep.Batches {
    private final BatchFeed.Epoch batches;
    private IntStream.Builder samples = IntStream.builder();

    private StepBatches(BatchFeed.Epoch batches) {
      this.batches = batches;
    }

    /** Numbers of the samples since the last call. */
    private int[] takeSamples() {
      int[] taken = samples.build().toArray();
      samples = IntStream.builder();
      return taken;
    }

    @Override
    public TorchSession.Scores accumulateNext(double weight) {
      BatchFeed.Fed fed = batches.next();
      labels.check(fed.batch(), fed.indices(), data.name());
      if (data.streams().isEmpty()) {
        forgetStates();
      }
      IntStream.of(fed.indices()).forEach(samples::add);
      Batch batch =
          trainer
              .disturbance
              .map(disturbance -> disturbance.applied(progress.step, fed.batch()))
              .orElseGet(fed::batch);
      return session.accumulate(
          batch, objective.loss(), weight, teacher.map(known -> known.ask(batch)));
    }

    @Override
    public void requireFinite(double loss) {
      if (!Double.isFinite(loss)) {
        throw new TrainingException(
            "loss is %s at step %d (epoch %d); lower the learning rate, clip harder, or look for NaN in %s"
                .formatted(loss, progress.step, progress.epoch, data.name()));
      }
    }
  }

  private static OnnxModel withValues(OnnxModel model, Map<String, Tensor> values) {
    Graph.Builder graph = model.graph().toBuilder();
    values.forEach(graph::initializer);
    return model.withGraph(graph.build());
  }

  @Override
  public void close() {
    parts.close();
  }
}
