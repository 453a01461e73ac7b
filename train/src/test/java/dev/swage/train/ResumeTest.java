package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.clip.Clip;
import dev.swage.clip.GradientClipper;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import dev.swage.range.RangeControl;
import dev.swage.range.RangeControls;
import dev.swage.range.RangePenalty;
import dev.swage.range.RangeSchedule;
import dev.swage.range.WeightClip;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that was stopped and resumed ends with the bits of one that was not. */
final class ResumeTest {
  private static final DataSource DATA = TrainerTest.spots(8 * 12 + 3, 1);
  private static final DataSource VALIDATION = TrainerTest.spots(40, 2);

  @TempDir private Path folder;

  /** With everything that has a state of its own: dropout, batch norm, accumulation. */
  private static OnnxModel net() {
    return Network.input("x", 1, 8, 8)
        .conv2d(4, 3)
        .batchNorm()
        .relu()
        .dropout(0.25)
        .flatten()
        .dense(12)
        .relu()
        .dropout(0.5)
        .dense(4)
        .seed(1)
        .build();
  }

  /** 6 steps an epoch, 3 epochs. */
  private static Trainer trainer(Optimizer optimizer, GradientClipper clipper) {
    return Trainer.of(net())
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(optimizer)
        .clip(clipper)
        .learningRate(LearningRate.cosine())
        .batchSize(8)
        .accumulate(2)
        .epochs(3)
        .validation(VALIDATION)
        .seed(5);
  }

  private CheckpointPolicy policy() {
    return CheckpointPolicy.every(4).in(folder);
  }

  private static TrainingListener stopAfter(long steps, TrainingControl control) {
    return new TrainingListener() {
      @Override
      public void step(StepRecord step) {
        if (step.step() + 1 == steps) {
          control.stop();
        }
      }
    };
  }

  /** Stops after each of these steps in turn, each time with a trainer of its own. */
  private TrainingRun interrupted(Supplier<Trainer> trainers, int... stops) {
    for (int stop : stops) {
      TrainingControl control = new TrainingControl();
      Trainer trainer =
          trainers
              .get()
              .checkpoint(policy())
              .resume(folder)
              .control(control)
              .listener(stopAfter(stop, control));
      assertThatThrownBy(() -> trainer.fit(DATA))
          .isInstanceOfSatisfying(
              TrainingStoppedException.class, e -> assertThat(e.step()).isEqualTo(stop));
    }
    return trainers.get().checkpoint(policy()).resume(folder).fit(DATA);
  }

  /** The same model, byte for byte, and the same report of the way to it. */
  private static void assertSame(TrainingRun actual, TrainingRun expected) {
    assertThat(OnnxWriter.toBytes(actual.model())).isEqualTo(OnnxWriter.toBytes(expected.model()));
    TrainingHistory history = actual.history();
    assertThat(history.stepLosses()).isEqualTo(expected.history().stepLosses());
    assertThat(history.weights()).isEqualTo(expected.history().weights());
    assertThat(history.bestEpoch()).isEqualTo(expected.history().bestEpoch());
    assertThat(history.clip().norms()).containsExactly(expected.history().clip().norms());
    assertThat(history.clip().thresholds()).containsExactly(expected.history().clip().thresholds());
    assertThat(history.clip().clipped()).isEqualTo(expected.history().clip().clipped());
    assertThat(history.clip().summary()).isEqualTo(expected.history().clip().summary());
    assertThat(timeless(history)).isEqualTo(timeless(expected.history()));
  }

  private static List<EpochRecord> timeless(TrainingHistory history) {
    return history.epochs().stream()
        .map(e -> new EpochRecord(e.epoch(), e.training(), e.validation(), e.learningRate(), 0))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 5, 6, 7, 12, 17})
  void stopped_anywhere_with_adamw(int step) {
    Supplier<Trainer> trainers = () -> trainer(AdamW.of(0.01), Clip.byGlobalNorm(0.5));
    assertSame(interrupted(trainers, step), trainers.get().fit(DATA));
  }

  @Test
  void stopped_again_and_again_with_momentum() {
    Supplier<Trainer> trainers =
        () -> trainer(Sgd.of(0.05).withMomentum(0.9).withWeightDecay(0.01), Clip.none());
    assertSame(interrupted(trainers, 2, 3, 6, 7, 11, 16), trainers.get().fit(DATA));
  }

  static List<String> clippers() {
    return List.copyOf(Clippers.ALL.keySet());
  }

  @ParameterizedTest
  @MethodSource("clippers")
  void every_clipper_resumes_with_what_it_has_learned(String clipper) {
    Supplier<Trainer> trainers = () -> trainer(Adam.of(0.01), Clippers.ALL.get(clipper).get());
    assertSame(interrupted(trainers, 5, 14), trainers.get().fit(DATA));
  }

  static List<RangeControl> rangeControls() {
    List<RangeControl> all =
        new ArrayList<>(
            List.of(WeightClip.absolute(0.1), WeightClip.sigma(2), RangePenalty.kure()));
    for (RangePenalty.R2.Kind kind : RangePenalty.R2.Kind.values()) {
      all.add(RangePenalty.r2(kind, 0.1));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("rangeControls")
  void every_range_control_resumes_with_what_it_has_measured_and_learned(RangeControl control) {
    Supplier<Trainer> trainers =
        () ->
            trainer(Sgd.of(0.05).withMomentum(0.9), Clip.byGlobalNorm(1))
                .range(RangeControls.of(control).withSchedule(new RangeSchedule(2, 9)))
                .profileWeights(true);
    TrainingRun expected = trainers.get().fit(DATA);
    assertThat(expected.history().weights()).hasSize(3 * 3);
    assertThat(OnnxWriter.toBytes(expected.model()))
        .isNotEqualTo(
            OnnxWriter.toBytes(
                trainer(Sgd.of(0.05).withMomentum(0.9), Clip.byGlobalNorm(1)).fit(DATA).model()));
    assertSame(interrupted(trainers, 5, 14), expected);
  }

  @Test
  void other_range_control_is_refused_by_name() {
    Supplier<Trainer> plain = () -> trainer(Sgd.of(0.05), Clip.none());
    RangeControls controls = RangeControls.of(WeightClip.absolute(0.1));
    plain.get().range(controls).checkpoint(policy()).fit(DATA);
    assertThatThrownBy(() -> plain.get().resume(folder).fit(DATA))
        .hasMessageContaining(
            "range control changed since this checkpoint: weight clip 0.1; constant → none; resume");
    assertThatThrownBy(() ->
            plain.get().range(RangeControls.of(WeightClip.absolute(0.2))).resume(folder).fit(DATA))
        .hasMessageContaining("weight clip 0.1; constant → weight clip 0.2; constant; resume");
  }

  @Test
  void early_stopping_keeps_its_best_epoch_and_its_patience() {
    DataSource noise =
        DataSource.of(
            Tensor.ofFloats(Shape.of(40, 1, 8, 8), TestFloats.gaussian(40 * 64, 0.5, 9)),
            Tensor.ofLongs(Shape.of(40), TestFloats.random(9).longs(40, 0, 4).toArray()));
    Supplier<Trainer> trainers =
        () ->
            trainer(AdamW.of(0.02), Clip.none())
                .epochs(12)
                .validation(noise)
                .earlyStopping(EarlyStopping.on(Metric.LOSS, 2));
    TrainingRun expected = trainers.get().fit(DATA);
    int epochs = expected.history().epochs().size();
    assertThat(epochs).isBetween(3, 11);
    assertSame(interrupted(trainers, 6 * (epochs - 2), 6 * (epochs - 1) + 2), expected);
  }

  @Test
  void a_finished_run_is_read_back_without_a_step() {
    Supplier<Trainer> trainers = () -> trainer(Sgd.of(0.05), Clip.byGlobalNorm(0.5));
    TrainingRun first = trainers.get().checkpoint(policy()).fit(DATA);
    assertThat(Checkpoint.newest(folder).checkpoint().orElseThrow().finished()).isTrue();
    List<Long> steps = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void step(StepRecord step) {
            steps.add(step.step());
          }
        };
    TrainingRun again =
        trainers.get().checkpoint(policy()).resume(folder).listener(listener).fit(DATA);
    assertThat(steps).isEmpty();
    assertSame(again, first);
  }

  @Test
  void steps_with_bad_gradients_still_count_in_a_row_after_a_resume() {
    float[] values = TestFloats.gaussian(64 * 64, 1, 3);
    values[7] = Float.NaN;
    DataSource data =
        DataSource.of(
            Tensor.ofFloats(Shape.of(64, 1, 8, 8), values),
            Tensor.ofLongs(Shape.of(64), TestFloats.random(1).longs(64, 0, 4).toArray()));
    Supplier<Trainer> trainers =
        () ->
            Trainer.of(net())
                .loss(Loss.crossEntropyWithLogits())
                .optimizer(Adam.of(0.01))
                .batchSize(16)
                .epochs(4)
                .seed(2);
    TrainingRun expected = trainers.get().fit(data);
    assertThat(expected.history().clip().summary().skipped()).isEqualTo(4);
    TrainingControl control = new TrainingControl();
    Trainer stopped =
        trainers.get().checkpoint(policy()).control(control).listener(stopAfter(7, control));
    assertThatThrownBy(() -> stopped.fit(data)).isInstanceOf(TrainingStoppedException.class);
    assertSame(trainers.get().checkpoint(policy()).resume(folder).fit(data), expected);
  }

  @Test
  void a_damaged_checkpoint_is_passed_over_with_a_warning() throws IOException {
    Supplier<Trainer> trainers = () -> trainer(AdamW.of(0.01), Clip.none());
    TrainingRun expected = trainers.get().checkpoint(policy()).fit(DATA);
    Path state = folder.resolve("step-00000018/state.safetensors");
    byte[] bytes = Files.readAllBytes(state);
    bytes[bytes.length / 2] ^= 1;
    Files.write(state, bytes);
    List<String> heard = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void warning(String message) {
            heard.add(message);
          }

          @Override
          public void resumed(Checkpoint from) {
            heard.add("step " + from.step());
          }
        };
    TrainingRun again =
        trainers.get().checkpoint(policy()).resume(folder).listener(listener).fit(DATA);
    assertThat(heard)
        .containsExactly(state + ": its checksum is not the one in SHA256SUMS", "step 16");
    assertSame(again, expected);
    assertThat(Checkpoint.newest(folder).damaged()).isEmpty();
  }

  @Test
  void other_settings_or_data_are_refused_by_name() {
    trainer(AdamW.of(0.01), Clip.none()).checkpoint(policy()).fit(DATA);
    Path path = Checkpoint.newest(folder).checkpoint().orElseThrow().path();
    assertThatThrownBy(
            () -> trainer(AdamW.of(0.01), Clip.none()).epochs(4).resume(folder).fit(DATA))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            path
                + ": epochs changed since this checkpoint: 3 → 4; resume with what it was, or train anew in another folder");
    assertThatThrownBy(() -> trainer(Adam.of(0.01), Clip.none()).resume(folder).fit(DATA))
        .hasMessageContaining("optimizer changed since this checkpoint: adamw(")
        .hasMessageContaining("→ adam(");
    assertThatThrownBy(() ->
            trainer(AdamW.of(0.01), Clip.none())
                .resume(folder)
                .fit(TrainerTest.spots(8 * 12 + 3, 4)))
        .hasMessageContaining("training data changed since this checkpoint: ");
    assertThatThrownBy(() -> trainer(AdamW.of(0.01), Clip.none()).checkpoint(policy()).fit(DATA))
        .hasMessage(
            folder
                + " holds checkpoints of another run, the newest step-00000018; go on from it with resume(...), or choose another folder");
  }

  @Test
  void a_folder_without_checkpoints_means_from_the_beginning() {
    Supplier<Trainer> trainers = () -> trainer(AdamW.of(0.01), Clip.none());
    Path nowhere = folder.resolve("nowhere");
    assertThat(Checkpoint.newest(nowhere).checkpoint()).isEqualTo(Optional.empty());
    assertSame(trainers.get().resume(nowhere).fit(DATA), trainers.get().fit(DATA));
  }

  @Test
  void without_a_policy_a_stop_says_that_nothing_was_saved() {
    TrainingControl control = new TrainingControl();
    Trainer trainer =
        trainer(AdamW.of(0.01), Clip.none()).control(control).listener(stopAfter(2, control));
    assertThatThrownBy(() -> trainer.fit(DATA))
        .isInstanceOf(TrainingStoppedException.class)
        .hasMessage(
            "training was stopped after 2 of 18 steps; nothing was saved: no checkpoint policy is set");
  }

  @Test
  void labels_come_back() {
    trainer(AdamW.of(0.01), Clip.none())
        .label("recipe", "name: x\n")
        .checkpoint(policy())
        .fit(DATA);
    assertThat(Checkpoint.newest(folder).checkpoint().orElseThrow().labels())
        .containsEntry("recipe", "name: x\n");
  }
}
