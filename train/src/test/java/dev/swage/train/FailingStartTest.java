package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.clip.Clip;
import dev.swage.clip.ClipDecision;
import dev.swage.clip.ClipStep;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.Gradients;
import dev.swage.clip.ParameterInfo;
import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.data.TextUnit;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.TorchSession;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A run that cannot begin closes what it had opened, wherever it fails. */
final class FailingStartTest {
  private static final DataSource DATA = TrainerTest.spots(40, 1);

  @TempDir private Path folder;

  /** What a run opens, in this order. */
  private static final List<Class<?>> PARTS =
      List.of(TorchSession.class, Optimizer.Stepper.class, BatchFeed.class, CheckpointKeeper.class);

  /** Where the run fails, and how many parts are open there. */
  enum Place {
    CLIPPER_RESET(1),
    CLIPPER_CHECK(1),
    OPTIMIZER(1),
    FEED(2),
    PLAN(3),
    RESTORE(3),
    KEEPER(3);

    private final int open;

    Place(int open) {
      this.open = open;
    }
  }

  /** What a double throws. */
  private static final class Injected extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Remembers what was opened and closed. */
  private static final class Recorded extends OpenParts {
    private final List<Object> opened = new ArrayList<>();
    private final List<Object> closed = new ArrayList<>();

    @Override
    <T> T add(T part, Consumer<? super T> closing) {
      opened.add(part);
      return super.add(
          part,
          p -> {
            closed.add(p);
            closing.accept(p);
          });
    }
  }

  /** Momentum SGD that may fail to start, to show its state, or to close. */
  private static final class FailingOptimizer implements Optimizer {
    private final Optional<Place> place;
    private final boolean failsToClose;
    private boolean started;
    private int closings;

    private FailingOptimizer(Optional<Place> place, boolean failsToClose) {
      this.place = place;
      this.failsToClose = failsToClose;
    }

    @Override
    public String describe() {
      return "double";
    }

    @Override
    public double learningRate() {
      return 0.1;
    }

    @Override
    public Stepper start(List<Parameter> parameters) {
      fail(place, Place.OPTIMIZER);
      started = true;
      Stepper real = Sgd.of(0.1).withMomentum(0.9).start(parameters);
      return new Stepper() {
        @Override
        public void step(Gradients gradients, ClipDecision decision, double learningRate) {
          real.step(gradients, decision, learningRate);
        }

        @Override
        public Map<String, MemorySegment> state() {
          fail(place, Place.RESTORE);
          return real.state();
        }

        @Override
        public void close() {
          closings++;
          real.close();
          if (failsToClose) {
            throw new IllegalStateException("closing failed");
          }
        }
      };
    }
  }

  private record FailingClipper(Optional<Place> place) implements GradientClipper {
    @Override
    public String describe() {
      return "double";
    }

    @Override
    public void reset() {
      fail(place, Place.CLIPPER_RESET);
    }

    @Override
    public void check(List<ParameterInfo> parameters, boolean secondMoments) {
      fail(place, Place.CLIPPER_CHECK);
    }

    @Override
    public ClipDecision decide(Gradients gradients, ClipStep step) {
      return Clip.none().decide(gradients, step);
    }
  }

  /** Data that fail once the optimizer has started: from then on, whoever asks opens the feed. */
  private record FailingData(Optional<Place> place, FailingOptimizer optimizer)
      implements DataSource {
    @Override
    public String name() {
      return DATA.name();
    }

    @Override
    public int size() {
      if (optimizer.started) {
        fail(place, Place.FEED);
      }
      return DATA.size();
    }

    @Override
    public List<Shape> inputShapes() {
      return DATA.inputShapes();
    }

    @Override
    public OptionalInt classes() {
      return DATA.classes();
    }

    @Override
    public Optional<TextUnit> textUnit() {
      fail(place, Place.PLAN);
      return DATA.textUnit();
    }

    @Override
    public Batch batch(int... indices) {
      return DATA.batch(indices);
    }
  }

  private static void fail(Optional<Place> place, Place here) {
    if (place.equals(Optional.of(here))) {
      throw new Injected();
    }
  }

  private static OnnxModel net() {
    return Network.input("x", 1, 8, 8).flatten().dense(8).batchNorm().dense(4).seed(1).build();
  }

  private Trainer trainer(Optional<Place> place, FailingOptimizer optimizer) {
    return Trainer.of(net())
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(optimizer)
        .clip(new FailingClipper(place))
        .checkpoint(CheckpointPolicy.every(2).in(folder))
        .batchSize(8);
  }

  private void writeCheckpoint() {
    FailingOptimizer optimizer = new FailingOptimizer(Optional.empty(), false);
    trainer(Optional.empty(), optimizer).fit(new FailingData(Optional.empty(), optimizer));
    assertThat(optimizer.closings).isEqualTo(1);
  }

  /** A run that fails at this place, and what it opened and closed. */
  @SuppressWarnings("NullAway") // a listener that is none is what fails there
  private Recorded failing(Place place, FailingOptimizer optimizer) {
    Trainer trainer = trainer(Optional.of(place), optimizer).resume(folder);
    if (place == Place.KEEPER) {
      trainer.listener(null);
    }
    DataSource data = new FailingData(Optional.of(place), optimizer);
    Recorded parts = new Recorded();
    assertThatThrownBy(() -> new TrainingLoop(trainer, data, parts))
        .isInstanceOf(place == Place.KEEPER ? NullPointerException.class : Injected.class)
        .satisfies(e ->
            assertThat(e.getSuppressed())
                .extracting(Throwable::getMessage)
                .containsExactlyElementsOf(
                    optimizer.failsToClose && optimizer.started
                        ? List.of("closing failed")
                        : List.of()));
    return parts;
  }

  private static void assertOpened(Recorded parts, int count) {
    assertThat(parts.opened).hasSize(count);
    for (int i = 0; i < count; i++) {
      assertThat(parts.opened.get(i)).isInstanceOf(PARTS.get(i));
    }
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void what_was_open_is_closed(Place place) {
    writeCheckpoint();
    for (boolean failsToClose : new boolean[] {false, true}) {
      FailingOptimizer optimizer = new FailingOptimizer(Optional.of(place), failsToClose);
      Recorded parts = failing(place, optimizer);
      assertOpened(parts, place.open);
      assertThat(parts.closed).isEqualTo(parts.opened.reversed());
      assertThat(optimizer.closings).isEqualTo(optimizer.started ? 1 : 0);
    }
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void live_native_tensors_do_not_grow(Place place) {
    writeCheckpoint();
    Optional<Place> here = Optional.of(place);
    long before = TorchSession.liveTensors();
    for (int i = 0; i < 10; i++) {
      failing(place, new FailingOptimizer(here, false));
    }
    assertThat(TorchSession.liveTensors()).isEqualTo(before);
  }

  @Test
  void a_run_that_ends_closes_everything_in_reverse() {
    FailingOptimizer optimizer = new FailingOptimizer(Optional.empty(), false);
    Recorded parts = new Recorded();
    long before = TorchSession.liveTensors();
    try (TrainingLoop loop =
        new TrainingLoop(
            trainer(Optional.empty(), optimizer),
            new FailingData(Optional.empty(), optimizer),
            parts)) {
      assertThat(loop.run().history().stepLosses()).isNotNull();
      assertThat(parts.closed).isEmpty();
      assertThat(TorchSession.liveTensors()).isGreaterThan(before);
    }
    assertThat(TorchSession.liveTensors()).isEqualTo(before);
    assertOpened(parts, PARTS.size());
    assertThat(parts.closed).isEqualTo(parts.opened.reversed());
  }

  /** The session closes its own memory where it fails: an initializer that libtorch cannot hold. */
  @Test
  void a_session_that_cannot_be_opened_leaves_nothing() {
    OnnxModel net = net();
    ValueInfo read = new ValueInfo("read", Optional.of(DType.FLOAT32), Optional.empty());
    Graph branch =
        Graph.builder("branch")
            .initializer("number", Tensor.ofFloats(Shape.of(2), 1, 2))
            .node(Node.of("constant", "Identity", List.of("number"), "read"))
            .output(read)
            .build();
    OnnxModel model =
        net.withGraph(
            net.graph().toBuilder()
                .initializer("condition", Tensor.ofBytes(DType.BOOL, Shape.of(), 1))
                .node(
                    Node.of("choice", "If", List.of("condition"), "chosen")
                        .with("then_branch", new Attribute.GraphValue(branch))
                        .with("else_branch", new Attribute.GraphValue(branch)))
                .node(Node.of("last", "TfIdfVectorizer", List.of("chosen"), "read"))
                .output(read)
                .build());
    Runnable open =
        () ->
            assertThatThrownBy(() -> TorchSession.open(model, TorchSession.Head.OUTPUT, 0))
                .hasMessageContaining("TfIdfVectorizer");
    long before = TorchSession.liveTensors();
    for (int i = 0; i < 10; i++) {
      open.run();
    }
    assertThat(TorchSession.liveTensors()).isEqualTo(before);
  }
}
