package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.clip.Clip;
import dev.swage.clip.ParameterInfo;
import dev.swage.clip.ParameterRole;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import dev.swage.train.quantize.QuantizedNets;
import dev.swage.train.quantize.QuantizerMethod;
import dev.swage.train.torch.TorchSession;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Training with quantizers in the graph: what is trained, how it moves, and how it ends. */
final class QuantizedTrainingTest {
  @TempDir private Path folder;

  private static OnnxModel net(QuantizerMethod method) {
    OnnxModel net =
        Network.input("x", 1, 8, 8).conv2d(4, 3).relu().flatten().dense(4).seed(1).build();
    return QuantizedNets.quantized(net, method, "x", "relu1.output");
  }

  private static Trainer trainer(OnnxModel model, Optimizer optimizer) {
    return Trainer.of(model)
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(optimizer)
        .batchSize(8)
        .seed(5);
  }

  private static final DataSource DATA = TrainerTest.spots(48, 1);

  @Test
  void scales_are_quantizers_and_weights_keep_role_and_units() {
    OnnxModel model = net(QuantizerMethod.LSQ_PLUS);
    Map<String, Shape> shapes = new LinkedHashMap<>();
    WeightSelection.ALL
        .of(model.graph())
        .forEach(name ->
            shapes.put(
                name,
                Objects.requireNonNull(model.graph().initializers().get(name), name).shape()));
    Map<String, ParameterInfo> infos = new LinkedHashMap<>();
    ParameterInfos.of(model.graph(), shapes).forEach(info -> infos.put(info.name(), info));
    for (String name :
        List.of("conv1.weight.scale", "dense1.weight.scale", "x.scale", "x.zero_point")) {
      assertThat(infos.get(name).role()).as(name).isEqualTo(ParameterRole.QUANTIZER);
      assertThat(infos.get(name).head()).as(name).isFalse();
    }
    assertThat(infos.get("conv1.weight").role()).isEqualTo(ParameterRole.WEIGHT);
    assertThat(infos.get("conv1.weight").units().units()).isEqualTo(4);
    assertThat(infos.get("dense1.weight").units().units()).isEqualTo(4);
    assertThat(infos.get("dense1.weight").head()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "STE, false, false, false",
    "LSQ, true, true, false",
    "LSQ_PLUS, true, true, true",
    "PACT, false, true, false"
  })
  void the_method_says_what_is_trained(
      QuantizerMethod method, boolean weight, boolean activation, boolean offset) {
    List<String> trained = WeightSelection.ALL.of(net(method).graph());
    assertThat(trained).contains("conv1.weight", "conv1.bias");
    assertThat(trained.contains("conv1.weight.scale")).isEqualTo(weight);
    assertThat(trained.contains("relu1.output.scale")).isEqualTo(activation);
    assertThat(trained.contains("relu1.output.zero_point")).isEqualTo(offset);
    assertThat(trained).doesNotContain("conv1.weight.zero_point", "relu1.output.range");
  }

  /** Frozen by its own name, or by that of the node that reads it. */
  @ParameterizedTest
  @CsvSource({"LSQ, conv1.weight", "LSQ, conv1*", "LSQ_PLUS, conv1.weight", "LSQ, conv1"})
  void a_frozen_weight_with_a_trained_scale_is_refused(QuantizerMethod method, String pattern) {
    WeightSelection frozen = new WeightSelection(List.of(), List.of(pattern));
    assertThatThrownBy(() -> frozen.of(net(method).graph()))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "weight 'conv1.weight' is frozen, and method %s trains its scale: say method ste or fixed, or name the weights to train instead of those to freeze"
                .formatted(method.word()));
  }

  @ParameterizedTest
  @EnumSource(names = {"STE", "FIXED", "PACT"})
  void a_frozen_weight_whose_scale_is_not_trained_stays(QuantizerMethod method) {
    WeightSelection frozen = new WeightSelection(List.of(), List.of("conv1"));
    assertThat(frozen.of(net(method).graph()))
        .contains("dense1.weight")
        .doesNotContain("conv1.weight", "conv1.weight.scale");
  }

  @Test
  void scales_of_weights_that_nobody_chose_stay_as_they_are() {
    WeightSelection bias = new WeightSelection(List.of(), List.of("conv1.bias"));
    assertThat(bias.of(net(QuantizerMethod.LSQ).graph()))
        .contains("conv1.weight", "conv1.weight.scale")
        .doesNotContain("conv1.bias");
    WeightSelection scale = new WeightSelection(List.of(), List.of("relu1.output.scale"));
    assertThat(scale.of(net(QuantizerMethod.LSQ).graph()))
        .contains("conv1.weight.scale", "x.scale")
        .doesNotContain("relu1.output.scale");
    WeightSelection chosen = new WeightSelection(List.of("dense1.*"), List.of());
    assertThat(chosen.of(net(QuantizerMethod.LSQ).graph()))
        .contains("dense1.weight", "dense1.weight.scale", "relu1.output.scale")
        .doesNotContain("conv1.weight", "conv1.weight.scale");
  }

  private static float[] value(OnnxModel model, String name) {
    return Objects.requireNonNull(model.graph().initializers().get(name), name).toFloats();
  }

  /** Adam's first step is the rate for each element; of a scale, times its magnitude. */
  @Test
  void adam_moves_a_scale_by_its_magnitude_without_decay() {
    OnnxModel before = net(QuantizerMethod.LSQ);
    OnnxModel after =
        trainer(before, AdamW.of(0.01).withWeightDecay(0.5)).fit(TrainerTest.spots(8, 1)).model();
    for (String name : List.of("relu1.output.scale", "x.scale", "conv1.weight.scale")) {
      float[] from = value(before, name);
      float[] to = value(after, name);
      double squares = 0;
      for (float v : from) {
        squares += (double) v * v;
      }
      double magnitude = Math.sqrt(squares / from.length);
      for (int i = 0; i < from.length; i++) {
        assertThat(Math.abs(to[i] - from[i]) / magnitude).as(name).isCloseTo(0.01, within(5e-4));
      }
    }
  }

  @Test
  void sgd_moves_a_scale_by_its_gradient_without_decay() {
    OnnxModel before = net(QuantizerMethod.LSQ);
    DataSource data = TrainerTest.spots(8, 1);
    OnnxModel plain = trainer(before, Sgd.of(0.001)).fit(data).model();
    OnnxModel twice = trainer(before, Sgd.of(0.002)).fit(data).model();
    OnnxModel decayed = trainer(before, Sgd.of(0.001).withWeightDecay(0.5)).fit(data).model();
    for (String name : List.of("relu1.output.scale", "conv1.weight.scale")) {
      float[] from = value(before, name);
      float[] to = value(plain, name);
      assertThat(value(decayed, name)).containsExactly(to);
      assertThat(to).isNotEqualTo(from);
      for (int i = 0; i < from.length; i++) {
        assertThat((double) value(twice, name)[i] - from[i])
            .isCloseTo(2.0 * (to[i] - from[i]), within(1e-7));
      }
    }
  }

  /** A rate at which steps would carry scales far below 0. */
  @ParameterizedTest
  @EnumSource(
      value = QuantizerMethod.class,
      names = {"LSQ", "LSQ_PLUS"})
  void a_step_takes_at_most_half_of_a_scale(QuantizerMethod method) {
    OnnxModel before = net(method);
    for (Optimizer optimizer : List.of(Sgd.of(1000), Sgd.of(1000).withMomentum(0.9), Adam.of(3))) {
      OnnxModel after = trainer(before, optimizer).fit(TrainerTest.spots(8, 1)).model();
      int halved = 0;
      for (String name : List.of("conv1.weight.scale", "dense1.weight.scale")) {
        float[] from = value(before, name);
        float[] to = value(after, name);
        for (int i = 0; i < from.length; i++) {
          assertThat(to[i])
              .as("%s %d of %s", optimizer, i, name)
              .isGreaterThanOrEqualTo(from[i] / 2);
          halved += to[i] == from[i] / 2 ? 1 : 0;
        }
      }
      assertThat(halved).as("%s", optimizer).isPositive();
    }
  }

  @Test
  void a_loss_sees_a_softmax_through_the_quantizer_of_its_output() {
    OnnxModel net = Network.input("x", 1, 8, 8).flatten().dense(4).softmax().seed(1).build();
    String output = net.graph().outputs().getFirst().name();
    OnnxModel model = QuantizedNets.quantized(net, QuantizerMethod.LSQ, output);
    TrainingRun run = trainer(model, Adam.of(0.01)).loss(Loss.crossEntropy()).fit(DATA);
    TrainingRun plain = trainer(net, Adam.of(0.01)).loss(Loss.crossEntropy()).fit(DATA);
    assertThat(run.history().stepLosses().getFirst())
        .isCloseTo(plain.history().stepLosses().getFirst(), within(0.2));
    assertThat(Objective.of(Loss.crossEntropy(), model).head())
        .isEqualTo(TorchSession.Head.BEFORE_ACTIVATION);
  }

  /** Also after the last step, where only the scoring of the epoch sees it. */
  @ParameterizedTest
  @CsvSource({"8, 1, 0", "48, 1, NaN", "48, 2, -0.5", "48, 1, Infinity"})
  void a_step_size_that_is_no_more_is_said_with_its_step(int samples, int epochs, float size) {
    Trainer trainer =
        trainer(net(QuantizerMethod.LSQ), new SpoiledScale("conv1.weight.scale", size))
            .epochs(epochs)
            .validation(TrainerTest.spots(8, 2));
    assertThatThrownBy(() -> trainer.fit(TrainerTest.spots(samples, 1)))
        .isInstanceOf(TrainingException.class)
        .hasMessageMatching(
            "step 1 \\(epoch 1\\): the step size of 'conv1.weight' \\(number 3\\) became "
                + size
                + ": lower the learning rate, or clip the quantizers' gradients");
  }

  @Test
  void a_range_of_data_that_is_not_a_number_is_said_too() {
    float[] pixels = TestFloats.gaussian(16 * 64, 1, 3);
    pixels[700] = Float.NaN;
    DataSource data =
        DataSource.of(
            Tensor.ofFloats(Shape.of(16, 1, 8, 8), pixels),
            Tensor.ofLongs(Shape.of(16), new long[16]));
    assertThatThrownBy(() -> trainer(net(QuantizerMethod.STE), Sgd.of(0.01)).fit(data))
        .isInstanceOf(TrainingException.class)
        .hasMessageMatching("step [01] \\(epoch 1\\): the step size of 'x' became NaN: .*");
  }

  @ParameterizedTest
  @EnumSource(QuantizerMethod.class)
  void a_resumed_run_ends_in_the_same_bits(QuantizerMethod method) {
    Supplier<Trainer> trainers =
        () ->
            trainer(net(method), AdamW.of(0.01))
                .clip(Clip.byGlobalNorm(0.5))
                .accumulate(2)
                .epochs(3)
                .validation(TrainerTest.spots(16, 2));
    CheckpointPolicy policy = CheckpointPolicy.every(2).in(folder);
    TrainingRun expected = InterruptedRuns.assertSame(trainers, DATA, policy, 1, 4, 5);
    if (method == QuantizerMethod.STE) {
      assertThat(value(expected.model(), "x.range")).isNotEqualTo(value(net(method), "x.range"));
    }
  }
}
