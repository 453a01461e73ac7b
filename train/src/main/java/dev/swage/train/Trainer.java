package dev.swage.train;

import dev.swage.clip.Clip;
import dev.swage.clip.GradientClipper;
import dev.swage.data.DataSource;
import dev.swage.graph.GraphEvaluator;
import dev.swage.graph.Preparation;
import dev.swage.onnx.Graph;
import dev.swage.onnx.OnnxModel;
import dev.swage.range.RangeControls;
import dev.swage.train.quantize.QuantizerSchedule;
import dev.swage.train.torch.TorchSession;
import dev.swage.train.torch.lib.TorchRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Trains the float32 weights of an ONNX model by gradient descent:
 *
 * <pre>{@code
 * TrainingRun run = Trainer.of(model).loss(Loss.binaryCrossEntropy()).optimizer(Sgd.of(0.01))
 *     .clip(Clip.byGlobalNorm(0.5)).batchSize(32).epochs(100).seed(7).fit(data);
 * OnnxModel trained = run.model();
 * }</pre>
 *
 * <p>Every step accumulates the gradients of its batches, checks them, lets the clipper decide, and
 * hands gradients and decision to the optimizer, in this order. A parameter is every float32
 * initializer that reaches a place where MatMul, Gemm, Conv, BatchNormalization,
 * LayerNormalization, Gather, or (with more than one element, or as the bias of one unit) Add or
 * Mul read weights; values of Constant nodes are never trained. Batch norm uses the batch while
 * training and updates its running statistics by ONNX's rule; dropout drops.
 *
 * <p>Same model, data, settings, machine kind and thread count give the same bits.
 *
 * <p>Settings are made in place. Not safe for use by several threads; {@link #fit} needs a platform
 * thread; it makes the clipper begin afresh, and may be called again, with the same result.
 */
public final class Trainer {
  final OnnxModel model;
  Optional<Loss> loss = Optional.empty();
  Optional<Optimizer> optimizer = Optional.empty();
  GradientClipper clipper = Clip.none();
  LearningRate schedule = LearningRate.constant();
  int batchSize = 32;
  int accumulate = 1;
  int epochs = 1;
  long seed;
  WeightSelection weights = WeightSelection.ALL;
  boolean frozenStatistics;
  QuantizerSchedule quantizers = QuantizerSchedule.CONSTANT;
  Optional<RangeControls> ranges = Optional.empty();
  boolean profiled;
  Optional<Lesson> lesson = Optional.empty();
  OptionalDouble averaging = OptionalDouble.empty();
  Optional<DataSource> validation = Optional.empty();
  Optional<EarlyStopping> earlyStopping = Optional.empty();
  Optional<Disturbance> disturbance = Optional.empty();
  Optional<CheckpointPolicy> checkpoints = Optional.empty();
  Optional<Checkpoint> resumed = Optional.empty();
  boolean resumes;
  List<String> resumeWarnings = List.of();
  TrainingControl control = new TrainingControl();
  final Map<String, String> labels = new LinkedHashMap<>();
  Optional<StopTarget> target = Optional.empty();
  final List<TrainingListener> listeners = new ArrayList<>();

  /** A teacher, and how it is learned from. */
  record Lesson(OnnxModel teacher, Distillation how) {}

  private Trainer(OnnxModel model) {
    this.model = model;
  }

  /** A trainer that starts from this model's weights; the model itself is not changed. */
  public static Trainer of(OnnxModel model) {
    return new Trainer(model);
  }

  /** What to make small; must be set. */
  public Trainer loss(Loss choice) {
    this.loss = Optional.of(choice);
    return this;
  }

  /** How to update; must be set. */
  public Trainer optimizer(Optimizer choice) {
    this.optimizer = Optional.of(choice);
    return this;
  }

  /** How gradients are clipped; {@link Clip#none()} unless set. */
  public Trainer clip(GradientClipper choice) {
    this.clipper = choice;
    return this;
  }

  /** The learning rate over the run; constant unless set. */
  public Trainer learningRate(LearningRate choice) {
    this.schedule = choice;
    return this;
  }

  /** Samples per batch, 32 unless set. */
  public Trainer batchSize(int samples) {
    Checks.atLeastOne("batchSize", samples);
    this.batchSize = samples;
    return this;
  }

  /**
   * Batches whose gradients make one optimizer step, 1 unless set: as one batch of so many times
   * the size, for less memory. Batch norm sees each batch by itself.
   */
  public Trainer accumulate(int batches) {
    Checks.atLeastOne("accumulate", batches);
    this.accumulate = batches;
    return this;
  }

  /** Passes over the data, 1 unless set. */
  public Trainer epochs(int count) {
    Checks.atLeastOne("epochs", count);
    this.epochs = count;
    return this;
  }

  /** What shuffling and dropout draw from, 0 unless set. */
  public Trainer seed(long newSeed) {
    this.seed = newSeed;
    return this;
  }

  /**
   * Trains only weights that match one of these patterns; all weights unless called. A pattern
   * ({@code *} any characters, {@code ?} one) is held against the weight's name, and against the
   * names of the nodes that read it. {@link #fit} refuses a pattern that matches nothing.
   */
  public Trainer train(String... patterns) {
    this.weights = new WeightSelection(List.of(patterns), weights.freeze());
    return this;
  }

  /** Leaves weights as they are that match one of these patterns, read as {@link #train}'s. */
  public Trainer freeze(String... patterns) {
    this.weights = new WeightSelection(weights.train(), List.of(patterns));
    return this;
  }

  /**
   * Lets batch norm normalise with its running statistics while training, and leave them as they
   * are: for a trained model and small batches.
   */
  public Trainer freezeStatistics() {
    this.frozenStatistics = true;
    return this;
  }

  /**
   * When values become codes and scales freeze, in a model with quantizers; from the first step on,
   * and never, unless set. {@link #fit} refuses codes that start after the last step. Before codes
   * start, no epoch is the best one, and neither {@link #earlyStopping} nor {@link #stopAt} ends
   * the run.
   */
  public Trainer quantizers(QuantizerSchedule choice) {
    this.quantizers = choice;
    return this;
  }

  /**
   * Learns from a teacher beside the labels, as from the floats that quantizers were put into. The
   * losses of steps and epochs are with the teacher's part, those of validation without. For losses
   * on logits.
   *
   * @param teacher reads the same data, and gives as many logits
   */
  public Trainer distill(OnnxModel teacher, Distillation how) {
    this.lesson = Optional.of(new Lesson(teacher, how));
    return this;
  }

  /**
   * Keeps an exponential moving average of the weights, {@code a ← decay·a + (1−decay)·w} after
   * every step, with the smaller decay {@code (1+step)/(10+step)} at the beginning. Validation
   * scores it, and the run gives it. Running statistics are not averaged.
   *
   * @param decay in [0, 1), as 0.999
   */
  public Trainer averageWeights(double decay) {
    Checks.fraction("decay", decay);
    this.averaging = OptionalDouble.of(decay);
    return this;
  }

  /**
   * Keeps the values of weights together, for few bits afterwards; see {@link RangeControls}. The
   * gradients of penalties are added before gradients are checked and clipped; a weight clip limits
   * weights in the optimizer's own pass. {@link #fit} refuses patterns that match no trained
   * weight.
   */
  public Trainer range(RangeControls choice) {
    this.ranges = Optional.of(choice);
    return this;
  }

  /**
   * Whether to record after every epoch how the weights spread and what bit widths would cost them;
   * see {@link TrainingHistory#weights}. Costs some five reads of the weights each time.
   */
  public Trainer profileWeights(boolean choice) {
    this.profiled = choice;
    return this;
  }

  /** Data to score the model on after every epoch. */
  public Trainer validation(DataSource source) {
    this.validation = Optional.of(source);
    return this;
  }

  /** Ends the run when validation no longer improves; needs {@link #validation}. */
  public Trainer earlyStopping(EarlyStopping rule) {
    this.earlyStopping = Optional.of(rule);
    return this;
  }

  /** Ends the run when validation is good enough; needs {@link #validation}. */
  public Trainer stopAt(StopTarget rule) {
    this.target = Optional.of(rule);
    return this;
  }

  /** Makes one bad batch on purpose; for experiments. */
  public Trainer disturb(Disturbance choice) {
    this.disturbance = Optional.of(choice);
    return this;
  }

  /** Adds a listener; they are called in the order they were added. */
  public Trainer listener(TrainingListener listener) {
    listeners.add(listener);
    return this;
  }

  /**
   * Writes checkpoints; none are written unless set. A folder that holds checkpoints is only
   * written to by a run that {@link #resume(Path) resumes}: another run's are not to be lost.
   */
  public Trainer checkpoint(CheckpointPolicy policy) {
    this.checkpoints = Optional.of(policy);
    return this;
  }

  /**
   * Goes on from the newest whole checkpoint in a folder, from the beginning when there is none.
   * {@link #fit} passes over damaged ones with a {@link TrainingListener#warning}.
   */
  public Trainer resume(Path folder) {
    Checkpoint.Found found = Checkpoint.newest(folder);
    this.resumes = true;
    this.resumed = found.checkpoint();
    this.resumeWarnings = found.damaged();
    return this;
  }

  /**
   * Goes on from a checkpoint, to the same bits as if the run had never ended. {@link #fit} refuses
   * data, model or settings that are not those of the checkpoint, and warns of another machine,
   * library or number of threads.
   */
  public Trainer resume(Checkpoint checkpoint) {
    this.resumes = true;
    this.resumed = Optional.of(checkpoint);
    this.resumeWarnings = List.of();
    return this;
  }

  /** Lets others end the run early. */
  public Trainer control(TrainingControl choice) {
    this.control = choice;
    return this;
  }

  /** A text that checkpoints carry, such as the recipe; see {@link Checkpoint#labels}. */
  public Trainer label(String name, String text) {
    labels.put(name, text);
    return this;
  }

  /**
   * Threads libtorch computes with, in the whole process; the machine's cores unless set here or by
   * the system property {@code swage.threads}.
   */
  public Trainer threads(int count) {
    TorchRuntime.setThreads(count);
    return this;
  }

  /**
   * How many numbers are trained, by {@link #train} and {@link #freeze}.
   *
   * @throws TrainingException if a pattern matches nothing
   */
  public long trainedWeights() {
    Graph graph = Preparation.inlined(model, GraphEvaluator.none()).graph();
    return weights.of(graph).stream()
        .mapToLong(
            name -> Objects.requireNonNull(graph.initializers().get(name), name).shape().elements())
        .sum();
  }

  /**
   * How well the model does as it is, on what it would be trained on or validated with.
   *
   * @throws TrainingException if loss, model and data do not fit together
   */
  public Score score(DataSource data) {
    DataSource bound = BoundData.of(data, model);
    Fitting.checkData(this, bound);
    OnnxModel start =
        InputNormalization.of(Preparation.inlined(model, GraphEvaluator.none()), bound);
    Loss chosen = loss.orElseThrow(() -> new TrainingException("no loss: call Trainer.loss(...)"));
    Objective objective = Objective.of(chosen, start);
    Evaluator evaluator = new Evaluator(chosen, objective, Labels.of(chosen, start), batchSize);
    try (TorchSession session = TorchSession.open(start, objective.head(), seed)) {
      return evaluator.score(session, bound);
    }
  }

  /**
   * The model that {@link #fit} would give without a step, after refusing what it would refuse
   * before the first one: for what is planned ahead of a run. Checkpoints have no part in it.
   *
   * @throws TrainingException as {@link #fit}
   * @throws dev.swage.onnx.OnnxException as {@link #fit}
   */
  public OnnxModel start(DataSource data) {
    DataSource bound = BoundData.of(data, model);
    validation = validation.map(source -> BoundData.of(source, model));
    Fitting.check(this, bound);
    try (TrainingLoop loop = new TrainingLoop(this, bound)) {
      return loop.untrained();
    }
  }

  /**
   * Trains on this data.
   *
   * @throws TrainingException for settings that contradict each other, the data or the checkpoint
   *     to go on from, and when the loss is no longer a number
   * @throws TrainingStoppedException when {@link TrainingControl#stop} ended the run
   * @throws dev.swage.onnx.OnnxException for an operator that cannot be trained
   * @throws IllegalStateException when libtorch does not load on this machine
   */
  public TrainingRun fit(DataSource data) {
    DataSource bound = BoundData.of(data, model);
    validation = validation.map(source -> BoundData.of(source, model));
    Fitting.check(this, bound);
    try (TrainingLoop loop = new TrainingLoop(this, bound)) {
      return loop.run();
    }
  }
}
