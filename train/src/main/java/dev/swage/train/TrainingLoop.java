package dev.swage.train;

import dev.swage.clip.ClipDecision;
import dev.swage.clip.ClipHistory;
import dev.swage.clip.ClipStep;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.Gradients;
import dev.swage.clip.NonFiniteGradientException;
import dev.swage.clip.ParameterInfo;
import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.TorchRuntime;
import dev.swage.train.torch.TorchSession;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** One run of a {@link Trainer}. The only place that knows the order of what a step does. */
final class TrainingLoop implements AutoCloseable {
  private final Trainer trainer;
  private final DataSource data;
  private final Loss loss;
  private final Optimizer optimizer;
  private final Objective objective;
  private final Labels labels;
  private final Evaluator evaluator;
  private final TorchSession session;
  private final List<Parameter> parameters;
  private final Optimizer.Stepper stepper;
  private final BatchFeed feed;
  private final TrainingPlan plan;
  private final ClipHistory clipHistory = new ClipHistory();
  private final List<Double> stepLosses = new ArrayList<>();
  private final List<EpochRecord> epochs = new ArrayList<>();
  private long step;

  TrainingLoop(Trainer trainer, DataSource data) {
    this.trainer = trainer;
    this.data = data;
    this.loss = trainer.loss.orElseThrow();
    this.optimizer = trainer.optimizer.orElseThrow();
    this.objective = Objective.of(loss, trainer.model);
    this.labels = Labels.of(loss, trainer.model);
    this.evaluator = new Evaluator(loss, objective, labels, trainer.batchSize);
    this.session = TorchSession.open(trainer.model, objective.head(), trainer.seed);
    this.parameters = parameters(trainer.model, session);
    if (parameters.isEmpty()) {
      session.close();
      throw new TrainingException("the model has no float32 weights that can be trained");
    }
    try {
      prepare(trainer.clipper, parameters, optimizer);
    } catch (TrainingException e) {
      session.close();
      throw e;
    }
    this.stepper = optimizer.start(parameters);
    this.feed = new BatchFeed(data, trainer.batchSize, trainer.seed);
    int perStep = trainer.batchSize * trainer.accumulate;
    this.plan =
        new TrainingPlan(
            trainer.epochs,
            data.size() / perStep,
            perStep,
            parameters.stream().mapToLong(p -> p.shape().elements()).sum(),
            TorchRuntime.describe());
  }

  private static List<Parameter> parameters(OnnxModel model, TorchSession session) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    session.weights().forEach(weight -> shapes.put(weight.name(), weight.shape()));
    List<ParameterInfo> infos = ParameterInfos.of(model.graph(), shapes);
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

  TrainingRun run() {
    trainer.listeners.forEach(listener -> listener.started(plan));
    Best best = new Best(trainer.earlyStopping);
    for (int epoch = 1; epoch <= trainer.epochs && !best.exhausted(); epoch++) {
      EpochRecord record = epoch(epoch);
      epochs.add(record);
      best.offer(record, session);
      trainer.listeners.forEach(listener -> listener.epoch(record));
    }
    OnnxModel trained = withValues(trainer.model, best.values().orElseGet(session::values));
    int bestEpoch = best.values().isPresent() ? best.epoch() : epochs.size();
    return new TrainingRun(
        trained,
        new TrainingHistory(epochs, bestEpoch, stepLosses, clipHistory),
        plan,
        evaluator,
        trainer.seed);
  }

  private EpochRecord epoch(int number) {
    long start = System.nanoTime();
    int steps = Math.toIntExact(plan.stepsPerEpoch());
    BatchFeed.Epoch batches = feed.epoch(number, steps * trainer.accumulate);
    double lossSum = 0;
    long correct = 0;
    long taken = 0;
    double rate = 0;
    for (int i = 0; i < steps; i++) {
      rate = trainer.schedule.rate(step, plan.totalSteps(), optimizer.learningRate());
      TorchSession.Scores scores = accumulate(batches);
      if (update(scores.loss(), rate, number)) {
        lossSum += scores.loss() * plan.samplesPerStep();
        correct += scores.correct();
        taken += plan.samplesPerStep();
      }
    }
    Score training = evaluator.scoreOf(lossSum, correct, taken);
    Optional<Score> validation = trainer.validation.map(v -> evaluator.score(session, v));
    double seconds = (System.nanoTime() - start) * 1e-9;
    return new EpochRecord(number, training, validation, rate, seconds);
  }

  /** Forward and backward over a step's batches: their mean loss and its gradient. */
  private TorchSession.Scores accumulate(BatchFeed.Epoch batches) {
    session.beginStep();
    double mean = 0;
    long correct = 0;
    double weight = 1.0 / trainer.accumulate;
    for (int i = 0; i < trainer.accumulate; i++) {
      BatchFeed.Fed fed = batches.next();
      labels.check(fed.batch(), fed.indices(), data.name());
      TorchSession.Scores scores = session.accumulate(fed.batch(), objective.loss(), weight);
      mean += scores.loss() * weight;
      correct += scores.correct();
    }
    return new TorchSession.Scores(mean, correct);
  }

  /** Decides, then acts, then tells; false when the step was not taken. */
  private boolean update(double stepLoss, double rate, int epoch) {
    Gradients gradients = gradients();
    ClipDecision decision = decide(gradients, stepLoss, rate);
    boolean skipped = decision instanceof ClipDecision.Skip;
    if (skipped) {
      session.abandonStep();
    } else {
      requireFinite(stepLoss, epoch);
    }
    stepper.step(gradients, decision, rate);
    clipHistory.add(decision);
    stepLosses.add(stepLoss);
    StepRecord record = new StepRecord(step, epoch, stepLoss, rate, decision.record(), skipped);
    trainer.listeners.forEach(listener -> listener.step(record));
    step++;
    return !skipped;
  }

  private ClipDecision decide(Gradients gradients, double stepLoss, double rate) {
    try {
      return trainer.clipper.decide(gradients, new ClipStep(step, rate, optimizer.learningRate()));
    } catch (NonFiniteGradientException e) {
      throw new TrainingException("loss is %s; %s".formatted(stepLoss, e.getMessage()), e);
    }
  }

  private void requireFinite(double stepLoss, int epoch) {
    if (!Double.isFinite(stepLoss)) {
      throw new TrainingException(
          "loss is %s at step %d (epoch %d); lower the learning rate, clip harder, or look for NaN in %s"
              .formatted(stepLoss, step, epoch, data.name()));
    }
  }

  private Gradients gradients() {
    List<MemorySegment> segments = session.gradients();
    List<Gradients.Entry> entries = new ArrayList<>(segments.size());
    for (int i = 0; i < segments.size(); i++) {
      Parameter parameter = parameters.get(i);
      entries.add(new Gradients.Entry(parameter.info(), segments.get(i), parameter.data()));
    }
    return Gradients.of(entries);
  }

  private static OnnxModel withValues(OnnxModel model, Map<String, Tensor> values) {
    Graph.Builder graph = model.graph().toBuilder();
    values.forEach(graph::initializer);
    return model.withGraph(graph.build());
  }

  @Override
  public void close() {
    feed.close();
    stepper.close();
    session.close();
  }
}
