package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.clip.Clip;
import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.layer.Network;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.quantize.QuantizedGraph;
import dev.swage.train.quantize.QuantizedNets;
import dev.swage.train.quantize.QuantizerMethod;
import dev.swage.train.quantize.QuantizerSchedule;
import dev.swage.train.quantize.TrainedQuantizer;
import dev.swage.train.torch.TorchSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Codes that start at a step, and scales that freeze at one. */
final class QuantizerScheduleTest {
  /** Six steps of an epoch. */
  private static final DataSource DATA = TrainerTest.spots(48, 1);

  private static final QuantizerSchedule CONSTANT = QuantizerSchedule.CONSTANT;

  @TempDir private Path folder;

  private static OnnxModel plain() {
    return Network.input("x", 1, 8, 8).conv2d(4, 3).relu().flatten().dense(4).seed(1).build();
  }

  private static OnnxModel net(QuantizerMethod method) {
    return QuantizedNets.quantized(plain(), method, "x", "relu1.output");
  }

  private static Trainer trainer(OnnxModel model, int epochs, QuantizerSchedule schedule) {
    return Trainer.of(model)
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(AdamW.of(0.01))
        .batchSize(8)
        .epochs(epochs)
        .quantizers(schedule)
        .seed(5);
  }

  private static Map<String, float[]> scales(OnnxModel model) {
    Map<String, float[]> scales = new TreeMap<>();
    model
        .graph()
        .initializers()
        .forEach((name, value) -> {
          if (name.contains(".scale") || name.contains(".zero_point") || name.contains(".range")) {
            scales.put(name, value.toFloats());
          }
        });
    return scales;
  }

  private static void assertSame(Map<String, float[]> some, Map<String, float[]> others) {
    assertThat(some.keySet()).isEqualTo(others.keySet());
    some.forEach((name, values) -> assertThat(others.get(name)).as(name).containsExactly(values));
  }

  private static float[] value(OnnxModel model, String name) {
    return Objects.requireNonNull(model.graph().initializers().get(name), name).toFloats();
  }

  @ParameterizedTest
  @EnumSource(QuantizerMethod.class)
  void frozen_scales_stay_and_weights_learn_on(QuantizerMethod method) {
    QuantizerSchedule schedule = CONSTANT.freezingAt(6);
    OnnxModel then = trainer(net(method), 1, schedule).fit(DATA).model();
    OnnxModel last = trainer(net(method), 3, schedule).fit(DATA).model();
    OnnxModel moving = trainer(net(method), 3, CONSTANT).fit(DATA).model();
    assertSame(scales(last), scales(then));
    assertThat(value(last, "conv1.weight")).isNotEqualTo(value(then, "conv1.weight"));
    if (method != QuantizerMethod.FIXED) {
      assertThat(Arrays.deepEquals(all(scales(moving)), all(scales(then)))).isFalse();
    }
  }

  private static Object[] all(Map<String, float[]> scales) {
    return scales.values().toArray();
  }

  /** Also of weights whose scales are those of their range: then they are what is stored. */
  @ParameterizedTest
  @EnumSource(
      value = QuantizerMethod.class,
      names = {"STE", "PACT"})
  void the_range_of_a_weight_freezes(QuantizerMethod method) {
    OnnxModel net = plain();
    TrainedQuantizer weight = QuantizedNets.weight(net, "conv1.weight", 4, 0, method);
    QuantizedGraph graph = QuantizedGraph.of(net, List.of(weight), true);
    OnnxModel then = trainer(graph.model(), 1, CONSTANT).fit(DATA).model();
    OnnxModel last = trainer(graph.model(), 3, CONSTANT.freezingAt(6)).fit(DATA).model();
    float[] frozen = graph.trained(last).getFirst().params().scales();
    assertThat(frozen)
        .containsExactly(graph.trained(then).getFirst().params().scales())
        .isNotEqualTo(
            graph
                .trained(trainer(graph.model(), 3, CONSTANT).fit(DATA).model())
                .getFirst()
                .params()
                .scales());
    // The forward pass reads what is stored.
    Tensor doubled =
        Tensor.ofFloats(
            graph.trained(last).getFirst().params().shape(),
            floats(IntStream.range(0, 4).mapToDouble(i -> 2 * frozen[i])));
    OnnxModel other =
        last.withGraph(last.graph().toBuilder().initializer("conv1.weight.scale", doubled).build());
    assertThat(output(other)).isNotEqualTo(output(last));
  }

  private static float[] floats(java.util.stream.DoubleStream values) {
    double[] doubles = values.toArray();
    float[] floats = new float[doubles.length];
    IntStream.range(0, floats.length).forEach(i -> floats[i] = (float) doubles[i]);
    return floats;
  }

  private static float[] output(OnnxModel model) {
    try (TorchSession session = TorchSession.open(model, TorchSession.Head.OUTPUT, 0)) {
      return session.outputs(DATA.batch(0, 1, 2).inputs()).getFirst().toFloats();
    }
  }

  @ParameterizedTest
  @EnumSource(QuantizerMethod.class)
  void until_codes_start_the_net_is_trained_in_floats(QuantizerMethod method) {
    List<Double> floats =
        trainer(plain(), 2, CONSTANT).fit(DATA).history().stepLosses().subList(0, 9);
    TrainingRun run = trainer(net(method), 2, CONSTANT.startingAt(8)).fit(DATA);
    List<Double> losses = run.history().stepLosses();
    assertThat(losses.subList(0, 8)).isEqualTo(floats.subList(0, 8));
    assertThat(losses.get(8)).isNotEqualTo(floats.get(8));
  }

  /** Of fixed scales, since these tell at the end what they were in the beginning. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void scales_of_weights_begin_from_the_weights_of_that_step(boolean leastError) {
    RangeEstimator range = leastError ? RangeEstimator.meanSquaredError() : RangeEstimator.minMax();
    OnnxModel net = plain();
    TrainedQuantizer weight =
        QuantizedNets.weight(net, "conv1.weight", 3, 0, QuantizerMethod.FIXED);
    TrainedQuantizer with =
        new TrainedQuantizer(
            weight.kind(),
            weight.value(),
            weight.shape(),
            weight.scheme(),
            weight.params(),
            weight.method(),
            weight.group(),
            weight.readers(),
            range);
    QuantizedGraph graph = QuantizedGraph.of(net, List.of(with), true);
    OnnxModel trained = trainer(graph.model(), 2, CONSTANT.startingAt(6)).fit(DATA).model();
    OnnxModel then = trainer(net, 1, CONSTANT).fit(DATA).model();
    float[] expected =
        Quantizer.quantize(
                Objects.requireNonNull(then.graph().initializers().get("conv1.weight")),
                QuantScheme.symmetric(3, Granularity.perChannel(0)),
                range)
            .params()
            .scales();
    assertThat(graph.trained(trained).getFirst().params().scales()).containsExactly(expected);
    assertThat(expected).isNotEqualTo(weight.params().scales());
  }

  /** The first batch is all that was seen at step 1; the scale of the data itself is known. */
  @Test
  void scales_of_activations_begin_from_what_was_observed() {
    OnnxModel net = net(QuantizerMethod.FIXED);
    DataSource one = TrainerTest.spots(8, 1);
    OnnxModel trained = trainer(net, 3, CONSTANT.startingAt(1)).fit(one).model();
    float[] seen = relu(plain(), one);
    float least = seen[0];
    float most = seen[0];
    for (float v : seen) {
      least = Math.min(least, v);
      most = Math.max(most, v);
    }
    ScaleZeroPoint expected =
        ScaleZeroPoint.of(
            least, most, new QuantScheme(DType.UINT8, 8, false, Granularity.perTensor()));
    assertThat(value(trained, "relu1.output.scale")).containsExactly(expected.scale());
    assertThat(value(trained, "relu1.output.zero_point")).containsExactly(expected.zeroPoint());
    assertThat(value(trained, "x.scale")).containsExactly(0.03f);
  }

  private static float[] relu(OnnxModel net, DataSource data) {
    ValueInfo relu = new ValueInfo("relu1.output", Optional.of(DType.FLOAT32), Optional.empty());
    OnnxModel showing = net.withGraph(net.graph().toBuilder().outputs(List.of(relu)).build());
    try (TorchSession session = TorchSession.open(showing, TorchSession.Head.OUTPUT, 0)) {
      return session
          .outputs(data.batch(IntStream.range(0, 8).toArray()).inputs())
          .getFirst()
          .toFloats();
    }
  }

  @Test
  void an_average_of_weights_forgets_the_scales_before_codes() {
    OnnxModel plain =
        trainer(net(QuantizerMethod.LSQ), 3, CONSTANT.startingAt(16)).fit(DATA).model();
    OnnxModel averaged =
        trainer(net(QuantizerMethod.LSQ), 3, CONSTANT.startingAt(16))
            .averageWeights(0.999)
            .fit(DATA)
            .model();
    float expected = value(plain, "relu1.output.scale")[0];
    assertThat(Math.abs(expected - 0.03f)).isGreaterThan(0.003f);
    assertThat(value(averaged, "relu1.output.scale")[0]).isCloseTo(expected, within(0.0015f));
  }

  /** On wrong labels every epoch is worse than the one before: the first would be the best. */
  @Test
  void no_epoch_of_floats_is_the_best() {
    OnnxModel net = net(QuantizerMethod.LSQ);
    TrainingRun run =
        trainer(net, 8, CONSTANT.startingAt(24))
            .validation(mislabeled())
            .earlyStopping(EarlyStopping.on(Metric.LOSS, 2))
            .stopAt(new StopTarget(Metric.LOSS, 2, 1))
            .fit(DATA);
    List<Double> losses =
        run.history().epochs().stream()
            .map(epoch -> epoch.validation().orElseThrow().loss())
            .toList();
    assertThat(losses.get(0)).isLessThan(2);
    assertThat(losses.get(0)).isLessThan(losses.get(3));
    assertThat(losses.get(3)).isLessThan(losses.get(4));
    assertThat(run.history().bestEpoch()).isEqualTo(4);
    assertThat(losses).hasSize(6);
    assertThat(value(run.model(), "conv1.weight.scale"))
        .isNotEqualTo(value(net, "conv1.weight.scale"));
  }

  private static DataSource mislabeled() {
    DataSource spots = TrainerTest.spots(32, 2);
    Batch batch = spots.batch(IntStream.range(0, 32).toArray());
    long[] labels = batch.targets().orElseThrow().toLongs();
    Arrays.setAll(labels, i -> (labels[i] + 1) % 4);
    return DataSource.of(batch.inputs().getFirst(), Tensor.ofLongs(Shape.of(32), labels));
  }

  static Stream<Arguments> resumed() {
    return Arrays.stream(QuantizerMethod.values())
        .flatMap(method ->
            Stream.of(
                Arguments.of(method, CONSTANT.startingAt(4), false),
                Arguments.of(method, CONSTANT.startingAt(2).freezingAt(5), true),
                Arguments.of(method, CONSTANT.freezingAt(4), true)));
  }

  @ParameterizedTest
  @MethodSource("resumed")
  void a_resumed_run_ends_in_the_same_bits(
      QuantizerMethod method, QuantizerSchedule schedule, boolean averaged) {
    Supplier<Trainer> trainers =
        () -> {
          Trainer trainer =
              trainer(net(method), 3, schedule)
                  .clip(Clip.byGlobalNorm(0.5))
                  .accumulate(2)
                  .validation(TrainerTest.spots(16, 2))
                  .earlyStopping(EarlyStopping.on(Metric.LOSS, 3));
          return averaged ? trainer.averageWeights(0.9) : trainer;
        };
    CheckpointPolicy policy = CheckpointPolicy.every(1).in(folder);
    InterruptedRuns.assertSame(trainers, DATA, policy, 1, 2, 4, 5);
    Trainer other = trainers.get().quantizers(CONSTANT.startingAt(1)).checkpoint(policy);
    assertThatThrownBy(() -> other.resume(folder).fit(DATA))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("quantizers changed since this checkpoint: codes from step ");
  }

  @Test
  void batch_norm_that_is_left_stops_learning() {
    OnnxModel net =
        Network.input("x", 1, 8, 8).conv2d(4, 3).batchNorm().flatten().dense(4).seed(1).build();
    OnnxModel model = QuantizedNets.quantized(net, QuantizerMethod.LSQ, "x");
    String mean =
        model.graph().nodes().stream()
            .filter(node -> node.is("BatchNormalization"))
            .findFirst()
            .orElseThrow()
            .input(3);
    QuantizerSchedule schedule = CONSTANT.freezingStatisticsAt(6);
    float[] then = value(trainer(model, 1, CONSTANT).fit(DATA).model(), mean);
    assertThat(value(trainer(model, 2, schedule).fit(DATA).model(), mean)).containsExactly(then);
    assertThat(value(trainer(model, 2, CONSTANT).fit(DATA).model(), mean)).isNotEqualTo(then);
  }

  private static List<String> warnings(QuantizerSchedule schedule) {
    List<String> warnings = new ArrayList<>();
    trainer(net(QuantizerMethod.LSQ), 1, schedule)
        .listener(
            new TrainingListener() {
              @Override
              public void warning(String message) {
                warnings.add(message);
              }
            })
        .fit(DATA);
    return warnings;
  }

  @Test
  void what_never_happens_is_said() {
    assertThat(warnings(CONSTANT.freezingAt(6)))
        .containsExactly("scales freeze at step 6, and the run ends after step 5: never");
    assertThat(warnings(CONSTANT.freezingAt(5))).isEmpty();
    assertThat(warnings(CONSTANT.freezingStatisticsAt(3)))
        .containsExactly(
            "batch norm is folded into the layers before it already: there are no running statistics to freeze");
  }

  @Test
  void schedules_that_cannot_be_are_refused() {
    assertThatThrownBy(
            () -> trainer(net(QuantizerMethod.LSQ), 2, CONSTANT.startingAt(12)).fit(DATA))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "codes start at step 12, and the run has the steps 0 to 11: nothing would be trained through codes; start earlier, or train longer");
    assertThatThrownBy(() -> trainer(plain(), 2, CONSTANT.startingAt(3)).fit(DATA))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("and this one has none");
    assertThatThrownBy(() -> CONSTANT.startingAt(9).freezingAt(8))
        .hasMessage(
            "scales that freeze at step 8 have not begun: codes start at step 9; freeze them then or later");
    assertThatThrownBy(() -> CONSTANT.startingAt(-1))
        .hasMessage("start must be a step from 0 on, got -1");
    assertThat(TorchSession.liveTensors()).isZero();
  }
}
