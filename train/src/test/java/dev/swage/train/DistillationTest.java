package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import dev.swage.train.quantize.QuantizedNets;
import dev.swage.train.quantize.QuantizerMethod;
import dev.swage.train.torch.TorchSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training with a teacher beside the labels. */
final class DistillationTest {
  private static final DataSource DATA = TrainerTest.spots(48, 1);
  private static final Distillation STANDARD = Distillation.standard();
  private static final int LETTERS = 7;

  @TempDir private Path folder;

  private static Network net() {
    return Network.input("x", 1, 8, 8).conv2d(4, 3).relu().flatten().dense(4);
  }

  private static Trainer trainer(OnnxModel model) {
    return Trainer.of(model)
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(AdamW.of(0.01).withWeightDecay(0))
        .batchSize(8)
        .epochs(2)
        .seed(5);
  }

  @Test
  void a_student_comes_nearer_to_its_teacher() {
    OnnxModel teacher = trainer(net().seed(1).build()).epochs(6).fit(DATA).model();
    OnnxModel student = QuantizedNets.quantized(net().seed(9).build(), QuantizerMethod.LSQ);
    TrainingRun run = trainer(student).epochs(6).distill(teacher, STANDARD.withWeight(1)).fit(DATA);
    assertThat(run.history().stepLosses().getLast())
        .isLessThan(0.3 * run.history().stepLosses().getFirst());
  }

  /** Wrong labels say otherwise; the teacher alone counts in training, not in validation. */
  @Test
  void validation_is_the_plain_loss() {
    OnnxModel model = net().seed(1).build();
    TrainingRun run =
        trainer(model)
            .optimizer(Sgd.of(0.1))
            .validation(TrainerTest.spots(16, 2))
            .distill(model, STANDARD.withWeight(1))
            .fit(DATA);
    assertThat(run.history().stepLosses()).allMatch(loss -> Math.abs(loss) < 1e-5);
    double validated = run.history().epochs().getLast().validation().orElseThrow().loss();
    assertThat(validated)
        .isCloseTo(run.evaluate(TrainerTest.spots(16, 2)).loss(), within(1e-6))
        .isCloseTo(trainer(model).score(TrainerTest.spots(16, 2)).loss(), within(1e-3));
    assertThat(run.history().epochs().getLast().training().loss()).isCloseTo(0, within(1e-5));
  }

  @Test
  void values_inside_are_compared_where_that_is_wanted() {
    OnnxModel teacher = net().seed(1).build();
    OnnxModel student = QuantizedNets.quantized(net().seed(9).build(), QuantizerMethod.LSQ);
    Distillation plain = STANDARD.withWeight(0.5);
    double logits = first(trainer(student).distill(teacher, plain));
    double both = first(trainer(student).distill(teacher, plain.withLayers("relu1.output")));
    double apart = squares(teacher, student);
    assertThat(both - logits).isCloseTo(0.5 * apart, within(1e-4 * apart));
  }

  private static double first(Trainer trainer) {
    return trainer
        .batchSize(48)
        .epochs(1)
        .optimizer(Sgd.of(1e-6))
        .fit(DATA)
        .history()
        .stepLosses()
        .getFirst();
  }

  /** Between the first layers' outputs: there the student's weights are codes. */
  private static double squares(OnnxModel teacher, OnnxModel student) {
    float[] some = relu(teacher);
    float[] others = relu(student);
    double sum = 0;
    for (int i = 0; i < some.length; i++) {
      sum += (some[i] - others[i]) * (double) (some[i] - others[i]);
    }
    return sum / some.length;
  }

  private static float[] relu(OnnxModel model) {
    TorchSession.Options options =
        new TorchSession.Options(
            TorchSession.Head.OUTPUT,
            0,
            java.util.List.of(),
            true,
            dev.swage.train.quantize.QuantizerSchedule.CONSTANT,
            java.util.List.of("relu1.output"));
    try (TorchSession session = TorchSession.open(model, options)) {
      return session
          .shown(DATA.batch(java.util.stream.IntStream.range(0, 48).toArray()).inputs())
          .get(1)
          .toFloats();
    }
  }

  private static Network letters() {
    return Network.tokens("x", 10).embedding(LETTERS, 5).carryStates().lstm(6).dense(LETTERS);
  }

  private DataSource text() throws IOException {
    StringBuilder text = new StringBuilder("abcdefg");
    for (int i = 7; i < 1200; i++) {
      text.append((char) ('a' + (text.charAt(i - 7) - 'a' + 1) % LETTERS));
    }
    Files.writeString(folder.resolve("cycle.txt"), text);
    return DataSource.open("text:cycle.txt?length=10&streams=3", folder);
  }

  private static Trainer reader(OnnxModel model) {
    return Trainer.of(model)
        .loss(Loss.sequenceCrossEntropy())
        .optimizer(AdamW.of(0.01))
        .batchSize(3)
        .epochs(2)
        .seed(5);
  }

  /** A teacher that forgot what came before would say something else than itself. */
  @Test
  void a_teacher_carries_its_states_on() throws IOException {
    OnnxModel model = letters().seed(1).build();
    TrainingRun run =
        reader(model).optimizer(Sgd.of(1e-9)).distill(model, STANDARD.withWeight(1)).fit(text());
    assertThat(run.history().stepLosses()).hasSizeGreaterThan(20);
    assertThat(run.history().stepLosses()).allMatch(loss -> Math.abs(loss) < 1e-5);
  }

  @Test
  void a_resumed_run_ends_in_the_same_bits() throws IOException {
    DataSource data = text();
    OnnxModel teacher = letters().seed(1).build();
    OnnxModel student = QuantizedNets.quantized(letters().seed(2).build(), QuantizerMethod.LSQ);
    String embedded = teacher.graph().nodes().getFirst().outputs().getFirst();
    Supplier<Trainer> trainers =
        () ->
            reader(student)
                .accumulate(2)
                .validation(data)
                .earlyStopping(EarlyStopping.on(Metric.LOSS, 1))
                .distill(teacher, STANDARD.withLayers(embedded));
    CheckpointPolicy policy = CheckpointPolicy.every(1).in(folder.resolve("checkpoints"));
    InterruptedRuns.assertSame(trainers, data, policy, 1, 3, 17);
    Trainer other =
        trainers.get().distill(teacher, STANDARD).checkpoint(policy).resume(policy.folder());
    assertThatThrownBy(() -> other.fit(data))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("distillation changed since this checkpoint");
  }

  @Test
  void what_cannot_be_has_a_line() {
    OnnxModel model = net().seed(1).build();
    DataSource values =
        DataSource.of(
            Tensor.ofFloats(Shape.of(16, 1, 8, 8), TestFloats.gaussian(16 * 64, 1, 3)),
            Tensor.ofFloats(Shape.of(16, 4), TestFloats.gaussian(64, 1, 4)));
    assertThatThrownBy(
            () -> trainer(model).loss(Loss.meanSquaredError()).distill(model, STANDARD).fit(values))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "distillation compares logits of classes, and loss mean squared error has none; use a cross-entropy on logits, or no teacher");
    assertThatThrownBy(
            () -> trainer(model).distill(model, STANDARD.withLayers("relu2.output")).fit(DATA))
        .isInstanceOf(TrainingException.class)
        .hasMessage("distillation: the model has no value 'relu2.output'; nearest: 'relu1.output'");
    OnnxModel other = Network.input("x", 1, 8, 8).flatten().dense(4).seed(1).build();
    assertThatThrownBy(
            () -> trainer(model).distill(other, STANDARD.withLayers("relu1.output")).fit(DATA))
        .hasMessageStartingWith("distillation: the teacher has no value 'relu1.output'; ");
    OnnxModel five = Network.input("x", 1, 8, 8).flatten().dense(5).seed(1).build();
    assertThatThrownBy(() -> trainer(model).distill(five, STANDARD).fit(DATA))
        .hasMessage(
            "distillation compares values of one shape: the teacher's is [8, 5], the model's [8, 4]");
    assertThatThrownBy(() -> STANDARD.withTemperature(0))
        .hasMessage("temperature must be a number above 0, as 4; got 0.0");
    assertThatThrownBy(() -> STANDARD.withWeight(1.5))
        .hasMessage("weight must be in (0, 1], as 0.7; got 1.5");
    assertThat(TorchSession.liveTensors()).isZero();
  }
}
