package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.clip.Clip;
import dev.swage.clip.ClipGroup;
import dev.swage.clip.GradientClipper;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class TrainerTest {
  /** Images of 8×8 whose class is the quadrant of a bright spot, with noise. */
  static DataSource spots(int samples, long seed) {
    float[] pixels = TestFloats.gaussian(samples * 64, 0.5, seed);
    long[] labels = new long[samples];
    for (int i = 0; i < samples; i++) {
      int quadrant = i % 4;
      labels[i] = quadrant;
      int row = 4 * (quadrant / 2) + 1;
      int column = 4 * (quadrant % 2) + 1;
      for (int r = row; r < row + 2; r++) {
        for (int c = column; c < column + 2; c++) {
          pixels[i * 64 + r * 8 + c] += 2;
        }
      }
    }
    return DataSource.of(
        Tensor.ofFloats(Shape.of(samples, 1, 8, 8), pixels),
        Tensor.ofLongs(Shape.of(samples), labels));
  }

  /** Noise with labels of chance: the better a model knows some, the worse it does on others. */
  private static DataSource unlearnable(int samples, long seed) {
    return DataSource.of(
        Tensor.ofFloats(Shape.of(samples, 1, 8, 8), TestFloats.gaussian(samples * 64, 0.5, seed)),
        Tensor.ofLongs(Shape.of(samples), TestFloats.random(seed).longs(samples, 0, 4).toArray()));
  }

  private static OnnxModel convNet() {
    return Network.input("x", 1, 8, 8)
        .conv2d(8, 3)
        .batchNorm()
        .relu()
        .maxPool2d(2)
        .dropout(0.25)
        .flatten()
        .dense(4)
        .softmax()
        .seed(1)
        .build();
  }

  private static OnnxModel denseNet() {
    return Network.input("x", 1, 8, 8).flatten().dense(12).relu().dense(4).seed(1).build();
  }

  private static Trainer trainer(OnnxModel model) {
    return Trainer.of(model)
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(Sgd.of(0.1))
        .batchSize(16)
        .seed(5);
  }

  private static Map<String, Tensor> weights(TrainingRun run) {
    return run.model().graph().initializers();
  }

  @Test
  void a_conv_net_with_batch_norm_and_dropout_learns() {
    TrainingRun run = convTrainer().epochs(8).fit(spots(512, 1));
    assertThat(run.evaluate(spots(256, 2)).accuracy().orElseThrow()).isGreaterThan(0.95);
  }

  private static Trainer convTrainer() {
    return Trainer.of(convNet())
        .loss(Loss.crossEntropy())
        .optimizer(AdamW.of(0.01))
        .clip(Clip.byGlobalNorm(1))
        .batchSize(32)
        .seed(3);
  }

  @Test
  void the_same_run_twice_gives_the_same_bits() {
    TrainingRun first = convTrainer().epochs(2).fit(spots(256, 1));
    TrainingRun second = convTrainer().epochs(2).fit(spots(256, 1));
    assertThat(second.history().stepLosses()).isEqualTo(first.history().stepLosses());
    weights(first)
        .forEach((name, value) ->
            assertThat(weights(second).get(name).data().mismatch(value.data()))
                .as(name)
                .isEqualTo(-1));
  }

  static Stream<GradientClipper> clippersWithMemory() {
    return Stream.of(
        Clip.autoClip(50, 20),
        Clip.median(0.8, 5),
        Clip.zClip(0.9, 1, 4, 0.5, 0),
        Clip.adaGc(1.05, 1, 0.98, 4),
        Clip.quantile(),
        Clip.agc(),
        Clip.spikes(2, 3),
        Clip.chain(Clip.byValue(0.1), Clip.autoClip(), Clip.spikes(4, 1)),
        Clip.groups(
            List.of(ClipGroup.named("convolutions", List.of("conv*"), Clip.agc())),
            Clip.median(1, 4)));
  }

  @ParameterizedTest
  @MethodSource("clippersWithMemory")
  void fitting_twice_with_one_clipper_gives_the_same_bits(GradientClipper clipper) {
    DataSource data = spots(256, 1);
    Trainer trainer = convTrainer().clip(clipper).epochs(2);
    TrainingRun first = trainer.fit(data);
    TrainingRun second = trainer.fit(data);
    assertThat(second.history().stepLosses()).isEqualTo(first.history().stepLosses());
    TrainingRun unclipped = convTrainer().clip(Clip.none()).epochs(2).fit(data);
    assertThat(first.history().stepLosses()).isNotEqualTo(unclipped.history().stepLosses());
  }

  @Test
  void another_seed_gives_another_run() {
    TrainingRun first = trainer(denseNet()).fit(spots(64, 1));
    TrainingRun second = trainer(denseNet()).seed(6).fit(spots(64, 1));
    assertThat(second.history().stepLosses()).isNotEqualTo(first.history().stepLosses());
  }

  @Test
  void the_model_that_went_in_keeps_its_weights() {
    OnnxModel model = denseNet();
    float[] before = model.graph().initializers().get("dense1.weight").toFloats();
    TrainingRun run = trainer(model).fit(spots(64, 1));
    assertThat(model.graph().initializers().get("dense1.weight").toFloats()).isEqualTo(before);
    assertThat(weights(run).get("dense1.weight").toFloats()).isNotEqualTo(before);
    assertThat(weights(run).keySet()).isEqualTo(model.graph().initializers().keySet());
    assertThat(run.model().graph().nodes()).isEqualTo(model.graph().nodes());
  }

  @Test
  void accumulated_batches_train_as_one_large_batch() {
    DataSource data = spots(128, 1);
    TrainingRun large = trainer(denseNet()).batchSize(32).epochs(3).fit(data);
    TrainingRun small = trainer(denseNet()).batchSize(8).accumulate(4).epochs(3).fit(data);
    assertThat(small.history().clip().norms()).hasSameSizeAs(large.history().clip().norms());
    weights(large)
        .forEach((name, value) ->
            assertThat(weights(small).get(name).toFloats())
                .as(name)
                .containsExactly(value.toFloats(), within(1e-5f)));
  }

  @Test
  void running_statistics_follow_onnx_and_end_up_in_the_model() {
    OnnxModel model = Network.input("x", 3).batchNorm().dense(1).seed(1).build();
    float[] x = TestFloats.gaussian(12, 2, 9);
    DataSource data =
        DataSource.of(Tensor.ofFloats(Shape.of(4, 3), x), Tensor.ofFloats(Shape.of(4), 1, 2, 3, 4));
    TrainingRun run =
        Trainer.of(model)
            .loss(Loss.meanSquaredError())
            .optimizer(Sgd.of(0.01))
            .batchSize(4)
            .fit(data);
    for (int c = 0; c < 3; c++) {
      double mean = (x[c] + x[3 + c] + x[6 + c] + x[9 + c]) / 4.0;
      double variance = 0;
      for (int n = 0; n < 4; n++) {
        variance += Math.pow(x[3 * n + c] - mean, 2) / 4;
      }
      assertThat((double) weights(run).get("bn1.mean").getFloat(c))
          .isCloseTo(0.1 * mean, within(1e-6));
      assertThat((double) weights(run).get("bn1.variance").getFloat(c))
          .isCloseTo(0.9 + 0.1 * variance, within(1e-6));
    }
  }

  @Test
  void early_stopping_returns_the_best_epoch() {
    DataSource validation = unlearnable(64, 2);
    TrainingRun run =
        trainer(denseNet())
            .epochs(60)
            .validation(validation)
            .earlyStopping(EarlyStopping.on(Metric.LOSS, 2))
            .fit(unlearnable(48, 1));
    List<Double> losses =
        run.history().epochs().stream().map(e -> e.validation().orElseThrow().loss()).toList();
    double best = losses.stream().mapToDouble(v -> v).min().orElseThrow();
    assertThat(losses.size()).isLessThan(60).isEqualTo(run.history().bestEpoch() + 2);
    assertThat(losses.get(run.history().bestEpoch() - 1)).isEqualTo(best);
    assertThat(run.evaluate(validation).loss()).isEqualTo(best);
  }

  @Test
  void listeners_hear_every_step_and_epoch_in_order() {
    List<String> heard = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void started(TrainingPlan plan) {
            heard.add("plan " + plan.totalSteps() + " of " + plan.parameters());
          }

          @Override
          public void step(StepRecord step) {
            heard.add(
                "step %d in %d at %s".formatted(step.step(), step.epoch(), step.learningRate()));
          }

          @Override
          public void epoch(EpochRecord epoch) {
            heard.add("epoch " + epoch.epoch());
          }
        };
    trainer(denseNet())
        .learningRate(LearningRate.stepDecay(2, 0.5))
        .epochs(2)
        .listener(listener)
        .fit(spots(40, 1));
    assertThat(heard)
        .containsExactly(
            "plan 4 of 832",
            "step 0 in 1 at 0.1",
            "step 1 in 1 at 0.1",
            "epoch 1",
            "step 2 in 2 at 0.05",
            "step 3 in 2 at 0.05",
            "epoch 2");
  }

  @Test
  void an_epoch_uses_other_samples_in_another_order() {
    List<List<Float>> firstPixels = new ArrayList<>();
    for (int epoch = 1; epoch <= 2; epoch++) {
      try (BatchFeed feed = new BatchFeed(spots(33, 1), 8, 4)) {
        BatchFeed.Epoch batches = feed.epoch(epoch, 0, 4);
        List<Integer> seen = new ArrayList<>();
        List<Float> pixels = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          BatchFeed.Fed fed = batches.next();
          Arrays.stream(fed.indices()).forEach(seen::add);
          pixels.add(fed.batch().inputs().getFirst().getFloat(0));
        }
        assertThat(seen).doesNotHaveDuplicates().hasSize(32).allMatch(i -> i >= 0 && i < 33);
        firstPixels.add(pixels);
      }
    }
    assertThat(firstPixels.getFirst()).isNotEqualTo(firstPixels.getLast());
  }
}
