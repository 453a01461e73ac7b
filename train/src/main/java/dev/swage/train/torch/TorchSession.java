package dev.swage.train.torch;

import dev.swage.data.Batch;
import dev.swage.data.DataException;
import dev.swage.graph.GraphEvaluator;
import dev.swage.graph.Preparation;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.quantize.FakeQuantize;
import dev.swage.train.quantize.QuantizerPhase;
import dev.swage.train.quantize.QuantizerSchedule;
import dev.swage.train.torch.fuse.Fusion;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.lib.TorchRuntime;
import dev.swage.train.torch.op.OperatorTable;
import dev.swage.train.torch.program.Backward;
import dev.swage.train.torch.program.Dropout;
import dev.swage.train.torch.program.Frame;
import dev.swage.train.torch.program.Persistents;
import dev.swage.train.torch.program.Program;
import dev.swage.train.torch.program.ProgramCompiler;
import dev.swage.train.torch.program.Run;
import dev.swage.train.torch.program.Schedule;
import dev.swage.train.torch.program.Step;
import dev.swage.train.torch.program.Value;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;

/**
 * A model in libtorch's memory: runs it forwards, differentiates it, and shows weights and
 * gradients where they lie. Every call frees what it allocated, except for the gradients.
 *
 * <p>Belongs to one platform thread: libtorch keeps its modes per thread.
 */
public final class TorchSession implements AutoCloseable {
  private final List<ValueInfo> feeds;
  private final List<Optional<DType>> outputTypes;
  private final Program program;
  private final ModelMemory memory;
  private final Dropout dropout;
  private final List<Weight> weights;
  private final int lossSlot;
  private final List<Integer> shown;
  private final Schedule forLoss;
  private final Schedule forOutputs;
  private final States states;
  private boolean frozenStatistics;
  private QuantizerPhase quantizers = QuantizerPhase.CODES;

  /** The number the loss is computed on. */
  public enum Head {
    /** The model's first output. */
    OUTPUT,
    /**
     * What goes into the node that gives the first output, a Sigmoid or Softmax, wherever in the
     * file that node is. A step leaves the node out if nothing else reads its value.
     */
    BEFORE_ACTIVATION
  }

  /**
   * A trained weight.
   *
   * @param name the initializer's name
   * @param data libtorch's own memory: writing to it trains the model; valid until the session is
   *     closed
   */
  public record Weight(String name, Shape shape, MemorySegment data) {}

  /**
   * What a batch gave.
   *
   * @param loss its mean loss
   * @param correct how many labels were met
   * @param labels how many there were: one per sample, or one per step of a sequence
   */
  public record Scores(double loss, long correct, long labels) {}

  /**
   * How a model is opened.
   *
   * @param head what the loss is computed on
   * @param seed what dropout draws from
   * @param trained names of the initializers that are trained
   * @param frozenStatistics whether batch norm normalises with its running statistics while
   *     training too, and leaves them as they are
   * @param quantizers what quantizers will do at which step
   * @param shown names of values that are kept beside what the loss is computed on
   */
  public record Options(
      Head head,
      long seed,
      List<String> trained,
      boolean frozenStatistics,
      QuantizerSchedule quantizers,
      List<String> shown) {}

  private TorchSession(OnnxModel model, Options options) {
    this.feeds = model.graph().feeds();
    Variables variables = Variables.of(model.graph(), options.trained(), options.quantizers());
    this.outputTypes = model.graph().outputs().stream().map(ValueInfo::dtype).toList();
    this.frozenStatistics = options.frozenStatistics();
    Persistents persistents = new Persistents();
    try {
      this.program =
          ProgramCompiler.compile(model, variables.all(), new OperatorTable(), persistents);
      this.dropout = new Dropout(options.seed());
      this.lossSlot = lossSlot(program, options.head());
      this.states = new States(model, program);
      Set<Integer> kept = new HashSet<>(states.keptSlots());
      kept.add(lossSlot);
      this.shown = options.shown().stream().map(program::slot).toList();
      kept.addAll(shown);
      kept.addAll(learning(program, variables));
      this.forLoss = Schedule.of(program.steps(), kept);
      this.forOutputs = Schedule.of(program.steps(), program.outputs());
    } catch (RuntimeException | Error e) {
      persistents.close();
      throw e;
    }
    this.memory = new ModelMemory(model, variables, program, persistents); // last: to be closed
    this.weights =
        memory.trained().stream()
            .map(owned -> new Weight(owned.name(), owned.shape(), owned.data()))
            .toList();
  }

  /**
   * Loads the model.
   *
   * @param seed what dropout draws from
   * @throws dev.swage.onnx.OnnxException for an operator that cannot be trained
   * @throws IllegalStateException when libtorch does not load, or on a virtual thread
   */
  public static TorchSession open(OnnxModel model, Head head, long seed) {
    requirePlatform();
    OnnxModel inlined = Preparation.inlined(model, GraphEvaluator.none());
    return new TorchSession(
        fused(inlined, true),
        new Options(
            head,
            seed,
            Trainables.of(inlined.graph()),
            false,
            QuantizerSchedule.CONSTANT,
            List.of()));
  }

  /** Loads a model without functions, as {@link #open(OnnxModel, Head, long)} does. */
  public static TorchSession open(OnnxModel model, Options options) {
    requirePlatform();
    OnnxModel showing = model.withGraph(ShownValues.of(model.graph(), options.shown()));
    return new TorchSession(fused(showing, !options.quantizers().startsLater()), options);
  }

  /** Weights keep their names: what is written is the model that came. */
  private static OnnxModel fused(OnnxModel model, boolean codes) {
    return model.withGraph(Fusion.of(model.graph(), codes));
  }

  private static void requirePlatform() {
    TorchRuntime.require();
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException(
          "libtorch keeps its modes per thread: call it on a platform thread, not a virtual one");
    }
  }

  /** How many native tensors the sessions of this process hold; 0 when all are closed. */
  public static long liveTensors() {
    return Persistents.live();
  }

  /** The trained weights, in the order of {@link #gradients}. */
  public List<Weight> weights() {
    return weights;
  }

  /** Everything that training changes, by initializer name, where it lies. */
  public Map<String, MemorySegment> changing() {
    return memory.changing();
  }

  /** What quantizers do from now on. */
  public void setQuantizers(QuantizerPhase phase) {
    this.quantizers = phase;
  }

  /** Lets batch norm leave its running statistics as they are from now on. */
  public void freezeStatistics() {
    this.frozenStatistics = true;
  }

  /** Forgets the gradients and starts a new optimizer step. */
  public void beginStep() {
    memory.mark();
    states.mark();
    clearGradients();
  }

  private void clearGradients() {
    try (PointerScope _ = new PointerScope()) {
      // Undefined gradients make autograd hand over its own buffers instead of adding to ours.
      memory.trained().forEach(owned -> owned.tensor().mutable_grad().reset());
    }
  }

  /** Takes back what this step's batches did to running statistics and carried states. */
  public void abandonStep() {
    memory.rollBack();
    states.rollBack();
  }

  /**
   * Runs a batch in training mode and adds {@code weight} times the loss's gradient to the
   * gradients.
   */
  public Scores accumulate(Batch batch, TorchLoss loss, double weight) {
    return accumulate(batch, loss, weight, Optional.empty());
  }

  /**
   * The same.
   *
   * @param guide what a teacher adds to the loss
   */
  public Scores accumulate(Batch batch, TorchLoss loss, double weight, Optional<Guide> guide) {
    Run mode = new Run(Run.Mode.of(true, frozenStatistics), quantizers, dropout);
    try (PointerScope _ = new PointerScope();
        Frame frame = frame(batch.inputs(), mode)) {
      org.bytedeco.pytorch.Tensor output = run(frame);
      Tensor labels = labels(batch);
      org.bytedeco.pytorch.Tensor target = LossKernels.targets(loss, labels, output);
      org.bytedeco.pytorch.Tensor plain = LossKernels.compute(loss, output, target);
      org.bytedeco.pytorch.Tensor value =
          guide
              .map(g -> g.applied(loss, plain, output, shown.stream().map(frame::torch).toList()))
              .orElse(plain);
      differentiate(weight == 1 ? value : value.mul(new Scalar(weight)), mode);
      return scores(loss, value, output, labels);
    }
  }

  /** Autograd's backward pass, then the parts of nodes with one of their own. */
  private static void differentiate(org.bytedeco.pytorch.Tensor loss, Run mode) {
    List<Runnable> deferred = mode.deferredBackward();
    if (deferred.isEmpty()) {
      loss.backward();
    } else {
      Backward.from(loss);
      deferred.forEach(Runnable::run);
    }
    mode.afterBackward().forEach(Runnable::run);
  }

  /** Runs a batch in evaluation mode. */
  public Scores score(Batch batch, TorchLoss loss) {
    return score(batch, loss, Optional.empty());
  }

  /**
   * The same.
   *
   * @param sink gets, if it is there, what the loss is computed on, and the targets
   */
  public Scores score(
      Batch batch, TorchLoss loss, Optional<? extends BiConsumer<Tensor, Tensor>> sink) {
    try (PointerScope _ = new PointerScope();
        AutoGradMode _ = new NoGradGuard();
        Frame frame = frame(batch.inputs(), new Run(Run.Mode.EVALUATION, quantizers, dropout))) {
      org.bytedeco.pytorch.Tensor output = run(frame);
      Tensor labels = labels(batch);
      org.bytedeco.pytorch.Tensor target = LossKernels.targets(loss, labels, output);
      sink.ifPresent(s -> s.accept(TensorBridge.download(output), labels));
      return scores(loss, LossKernels.compute(loss, output, target), output, labels);
    }
  }

  private static Scores scores(
      TorchLoss loss,
      org.bytedeco.pytorch.Tensor value,
      org.bytedeco.pytorch.Tensor output,
      Tensor labels) {
    try (AutoGradMode _ = new NoGradGuard()) {
      double mean = TensorBridge.floats(value).get(Tensor.LE_FLOAT, 0);
      long count = Math.max(1, labels.shape().elements());
      return new Scores(mean, LossKernels.correct(loss, output, labels), count);
    }
  }

  private static Tensor labels(Batch batch) {
    return batch
        .targets()
        .orElseThrow(() -> new DataException("the data has no targets to compute a loss with"));
  }

  /** The model's outputs in evaluation mode, copied to the host. */
  public List<Tensor> outputs(List<Tensor> inputs) {
    try (PointerScope _ = new PointerScope();
        AutoGradMode _ = new NoGradGuard();
        Frame frame = frame(inputs, new Run(Run.Mode.EVALUATION, quantizers, dropout))) {
      forOutputs.run(frame);
      List<Tensor> outputs = new ArrayList<>();
      for (int i = 0; i < outputTypes.size(); i++) {
        Value value = frame.get(program.outputs().get(i));
        outputs.add(outputTypes.get(i).map(value::host).orElseGet(value::host));
      }
      return outputs;
    }
  }

  /**
   * What the loss is computed on in evaluation mode, and the values that are shown; host copies.
   */
  public List<Tensor> shown(List<Tensor> inputs) {
    try (PointerScope _ = new PointerScope();
        AutoGradMode _ = new NoGradGuard();
        Frame frame = frame(inputs, new Run(Run.Mode.EVALUATION, quantizers, dropout))) {
      List<Tensor> values = new ArrayList<>();
      values.add(TensorBridge.download(run(frame)));
      shown.forEach(slot -> values.add(TensorBridge.download(frame.torch(slot))));
      return values;
    }
  }

  /** What the loss is computed on. */
  private org.bytedeco.pytorch.Tensor run(Frame frame) {
    forLoss.run(frame);
    states.keep(frame);
    return frame.torch(lossSlot);
  }

  private Frame frame(List<Tensor> inputs, Run mode) {
    List<ValueInfo> given =
        inputs.size() == feeds.size()
            ? feeds
            : feeds.stream().filter(feed -> !states.has(feed.name())).toList();
    if (inputs.size() != given.size()) {
      throw new DataException(
          "the model reads %d inputs %s, the data has %d"
              .formatted(
                  given.size(), given.stream().map(ValueInfo::name).toList(), inputs.size()));
    }
    Frame frame = new Frame(memory.slots(), mode);
    if (given.size() < feeds.size()) {
      states.feed(frame, inputs.getFirst().shape().dim(0));
    }
    for (int i = 0; i < inputs.size(); i++) {
      frame.feed(slot(given.get(i)), inputs.get(i), TensorBridge.upload(inputs.get(i)));
    }
    return frame;
  }

  private int slot(ValueInfo value) {
    return Objects.requireNonNull(program.slots().get(value.name()), value.name());
  }

  /**
   * The states a recurrent model carries from batch to batch, by the input that takes them; empty
   * before the first batch, and for models without such inputs ({@link
   * dev.swage.onnx.CarriedStates}). Host copies.
   */
  public Map<String, Tensor> states() {
    return states.values();
  }

  /** Goes on from these states; an empty map begins with zeros. */
  public void setStates(Map<String, Tensor> values) {
    states.set(values);
  }

  private static int lossSlot(Program program, Head head) {
    return head == Head.OUTPUT ? program.outputs().getFirst() : activation(program).input(0);
  }

  /** Outputs of the nodes that learn running statistics from what they see. */
  private static Set<Integer> learning(Program program, Variables variables) {
    Set<Integer> outputs = new HashSet<>();
    for (Step step : program.steps()) {
      if (variables.statistics().stream().anyMatch(name -> step.reads(program.slot(name)))) {
        outputs.add(step.output(0));
      }
    }
    return outputs;
  }

  /** The step that gives the first output, before it becomes codes. */
  private static Step activation(Program program) {
    Step last = step(program, program.outputs().getFirst());
    return FakeQuantize.is(last.node()) ? step(program, last.input(0)) : last;
  }

  private static Step step(Program program, int output) {
    return program.steps().stream()
        .filter(step -> step.output(0) == output)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no node gives the model's first output"));
  }

  /** The nodes that a training step runs, in order. */
  List<Node> lossNodes() {
    return forLoss.steps().stream().map(Step::node).toList();
  }

  /**
   * The gradients accumulated since {@link #beginStep}, in libtorch's memory, one per weight; valid
   * until the next {@link #beginStep}. A weight the loss does not depend on has a zero gradient.
   */
  public List<MemorySegment> gradients() {
    try (PointerScope _ = new PointerScope()) {
      List<MemorySegment> segments = new ArrayList<>(weights.size());
      for (ModelMemory.Owned owned : memory.trained()) {
        segments.add(gradient(owned));
      }
      return segments;
    }
  }

  private static MemorySegment gradient(ModelMemory.Owned owned) {
    org.bytedeco.pytorch.Tensor gradient = owned.tensor().grad();
    if (!gradient.defined()) {
      owned
          .tensor()
          .mutable_grad()
          .put(org.bytedeco.pytorch.global.torch.zeros_like(owned.tensor()));
      gradient = owned.tensor().grad();
    } else if (!gradient.is_contiguous()) {
      owned.tensor().mutable_grad().put(gradient.contiguous());
      gradient = owned.tensor().grad();
    }
    return TensorBridge.memory(gradient, owned.data().byteSize());
  }

  /** How many dropout masks this session drew: the state of its random numbers. */
  public long masksDrawn() {
    return dropout.drawn();
  }

  /** Draws the masks that follow after so many. */
  public void continueAfterMasks(long masks) {
    dropout.continueAfter(masks);
  }

  /** Host copies of weights and running statistics, by initializer name. */
  public Map<String, Tensor> values() {
    return memory.copy();
  }

  @Override
  public void close() {
    try (memory) {
      clearGradients();
    }
  }
}
