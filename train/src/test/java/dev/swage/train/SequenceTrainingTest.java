package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import dev.swage.run.ModelSession;
import dev.swage.run.OutputKind;
import dev.swage.run.SessionOptions;
import dev.swage.run.score.Evaluation;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.TorchLoss;
import dev.swage.train.torch.TorchSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on streams: states go from batch to batch, gradients do not. */
final class SequenceTrainingTest {
  private static final int CLASSES = 7;

  @TempDir Path folder;

  private static OnnxModel model(int steps) {
    return Network.tokens("x", steps)
        .embedding(CLASSES, 5)
        .carryStates()
        .lstm(6)
        .gru(5)
        .rnn(4)
        .dense(CLASSES)
        .seed(3)
        .build();
  }

  /** A text in which each letter is decided by one that lies further back than a window. */
  private DataSource text(String options) throws IOException {
    StringBuilder text = new StringBuilder("abcdefg");
    for (int i = 7; i < 1200; i++) {
      text.append((char) ('a' + (text.charAt(i - 7) - 'a' + 1) % CLASSES));
    }
    Files.writeString(folder.resolve("cycle.txt"), text);
    return DataSource.open("text:cycle.txt?" + options, folder);
  }

  private static Batch batch(DataSource source, int first, int count) {
    int[] indices = new int[count];
    java.util.Arrays.setAll(indices, i -> first + i);
    return source.batch(indices);
  }

  private static TorchSession open(OnnxModel model) {
    return TorchSession.open(model, TorchSession.Head.OUTPUT, 0);
  }

  @Test
  void two_windows_with_carried_states_are_one_long_window() throws IOException {
    DataSource halves = text("length=10&streams=3");
    DataSource whole = text("length=20&streams=3");
    TorchLoss loss = new TorchLoss.SequenceCrossEntropy();
    try (TorchSession session = open(model(10))) {
      double first = session.score(batch(halves, 0, 3), loss).loss();
      double second = session.score(batch(halves, 3, 3), loss).loss();
      Map<String, Tensor> carried = session.states();
      session.setStates(Map.of());
      double both = session.score(batch(whole, 0, 3), loss).loss();
      assertThat((first + second) / 2).isCloseTo(both, within(1e-6));
      assertThat(carried.keySet())
          .containsExactlyInAnyOrder(
              "lstm1.initial_h", "lstm1.initial_c", "gru1.initial_h", "rnn1.initial_h");
      session
          .states()
          .forEach((name, value) -> {
            assertThat(value.shape().dim(1)).isEqualTo(3);
            for (int i = 0; i < value.shape().elements(); i++) {
              assertThat(value.getFloat(i))
                  .isCloseTo(
                      java.util.Objects.requireNonNull(carried.get(name)).getFloat(i),
                      within(1e-6f));
            }
          });
    }
  }

  @Test
  void an_abandoned_step_leaves_the_states_as_they_were() throws IOException {
    DataSource source = text("length=10&streams=3");
    TorchLoss loss = new TorchLoss.SequenceCrossEntropy();
    try (TorchSession session = open(model(10))) {
      session.beginStep();
      session.accumulate(batch(source, 0, 3), loss, 1);
      Map<String, Tensor> before = session.states();
      session.beginStep();
      session.accumulate(batch(source, 3, 3), loss, 1);
      assertThat(session.states()).isNotEqualTo(before);
      session.abandonStep();
      assertThat(session.states()).isEqualTo(before);
      Map<String, Tensor> wrong = Map.of("lstm2.initial_h", Tensor.ofFloats(Shape.of(1), 0));
      assertThatThrownBy(() -> session.setStates(wrong))
          .hasMessageStartingWith("the model carries no state 'lstm2.initial_h'; it carries [");
    }
  }

  @Test
  void a_sequence_loss_is_the_mean_over_all_steps() {
    OnnxModel model = Network.input("x", 2, 3).dense(3).build();
    Tensor x = Tensor.ofFloats(Shape.of(1, 2, 3), 0, 0, 0, 0, 0, 0);
    Tensor labels = Tensor.ofLongs(Shape.of(1, 2), 0, 2);
    try (TorchSession session = open(model)) {
      TorchSession.Scores scores =
          session.score(
              new Batch(List.of(x), Optional.of(labels)), new TorchLoss.SequenceCrossEntropy());
      assertThat(scores.loss()).isCloseTo(Math.log(3), within(1e-6));
      assertThat(scores.labels()).isEqualTo(2);
      assertThat(scores.correct()).isEqualTo(1); // all equal: the first class
    }
  }

  @Test
  void a_trained_text_model_scores_the_same_in_onnx_runtime() throws IOException {
    DataSource train = text("length=5&streams=4&split=train");
    DataSource test = text("length=8&streams=1&split=test");
    TrainingRun run =
        Trainer.of(model(5))
            .loss(Loss.sequenceCrossEntropy())
            .optimizer(AdamW.of(0.02))
            .batchSize(4)
            .epochs(8)
            .fit(train);
    List<EpochRecord> epochs = run.history().epochs();
    assertThat(epochs.getLast().training().loss())
        .isLessThan(0.9 * epochs.getFirst().training().loss());
    Score score = run.evaluate(test);
    assertThat(score.accuracy().orElseThrow()).isGreaterThan(0.4);
    assertThat(score.bits()).isCloseTo(score.loss() / Math.log(2), within(1e-12));
    assertThat(score.perplexity()).isCloseTo(Math.exp(score.loss()), within(1e-12));
    try (ModelSession session =
        ModelSession.open("text", OnnxWriter.toBytes(run.model()), SessionOptions.defaults())) {
      Evaluation runtime = Evaluation.of(session, test, 250, OutputKind.LOGITS);
      assertThat(runtime.loss().orElseThrow().value()).isCloseTo(score.loss(), within(1e-4));
      assertThat(runtime.accuracy().orElseThrow())
          .isCloseTo(score.accuracy().orElseThrow(), within(0.01));
    }
  }

  @Test
  void streams_are_read_in_order_and_again_from_the_start() throws IOException {
    DataSource train = text("length=5&streams=4&split=train");
    List<Double> first = losses(train, 1);
    List<Double> second = losses(train, 2);
    assertThat(second.subList(0, first.size())).isEqualTo(first);
    // With a rate of (nearly) zero both epochs see the same states and windows.
    for (int i = 0; i < first.size(); i++) {
      assertThat(second.get(first.size() + i)).isCloseTo(first.get(i), within(1e-5));
    }
  }

  private static List<Double> losses(DataSource train, int epochs) {
    return Trainer.of(model(5))
        .loss(Loss.sequenceCrossEntropy())
        .optimizer(Sgd.of(1e-12))
        .batchSize(4)
        .epochs(epochs)
        .fit(train)
        .history()
        .stepLosses();
  }

  @Test
  void a_batch_that_is_not_one_window_of_each_stream_is_refused() throws IOException {
    DataSource train = text("length=5&streams=4&split=train");
    Trainer trainer =
        Trainer.of(model(5)).loss(Loss.sequenceCrossEntropy()).optimizer(Sgd.of(0.1)).batchSize(8);
    assertThatThrownBy(() -> trainer.fit(train))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "text:cycle.txt?length=5&streams=4&split=train has 4 streams, the batch size is 8; make them the same");
  }

  @Test
  void a_run_stops_as_soon_as_validation_is_good_enough() throws IOException {
    DataSource train = text("length=5&streams=4&split=train");
    Trainer trainer =
        Trainer.of(model(5))
            .loss(Loss.sequenceCrossEntropy())
            .optimizer(AdamW.of(0.02))
            .batchSize(4)
            .epochs(3)
            .validation(text("length=8&streams=1&split=test"))
            .stopAt(new StopTarget(Metric.ACCURACY, 0, 7));
    TrainingHistory history = trainer.fit(train).history();
    assertThat(history.stepLosses()).hasSize(7);
    assertThat(history.epochs()).hasSize(1);
    assertThat(trainer.stopAt(new StopTarget(Metric.LOSS, -1, 1000)).fit(train).history().epochs())
        .hasSize(3);
    assertThatThrownBy(() -> new StopTarget(Metric.LOSS, 1, 0))
        .hasMessage("every must be at least 1, got 0");
    Trainer blind =
        Trainer.of(model(5))
            .loss(Loss.sequenceCrossEntropy())
            .optimizer(AdamW.of(0.02))
            .batchSize(4)
            .stopAt(new StopTarget(Metric.LOSS, 1, 5));
    assertThatThrownBy(() -> blind.fit(train))
        .hasMessage("early stopping needs validation data: call validation(...)");
  }

  @Test
  void a_run_resumed_inside_an_epoch_goes_on_with_its_states() throws IOException {
    DataSource train = text("length=5&streams=4&split=train");
    List<Double> expected = stream(train).fit(train).history().stepLosses();
    TrainingControl control = new TrainingControl();
    Path saved = folder.resolve("saved");
    Trainer stopped =
        stream(train)
            .checkpoint(CheckpointPolicy.every(1000).in(saved))
            .control(control)
            .listener(
                new TrainingListener() {
                  @Override
                  public void step(StepRecord step) {
                    if (step.step() == 20) {
                      control.stop();
                    }
                  }
                });
    assertThatThrownBy(() -> stopped.fit(train)).isInstanceOf(TrainingStoppedException.class);
    Trainer resumed =
        stream(train).checkpoint(CheckpointPolicy.every(1000).in(saved)).resume(saved);
    assertThat(resumed.fit(train).history().stepLosses()).isEqualTo(expected);
  }

  private static Trainer stream(DataSource train) {
    return Trainer.of(model(5))
        .loss(Loss.sequenceCrossEntropy())
        .optimizer(AdamW.of(0.02))
        .batchSize(train.streams().orElseThrow())
        .epochs(1);
  }
}
