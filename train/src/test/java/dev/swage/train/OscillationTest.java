package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.train.quantize.Oscillation;
import dev.swage.train.quantize.QuantizedGraph;
import dev.swage.train.quantize.QuantizedNets;
import dev.swage.train.quantize.QuantizerMethod;
import dev.swage.train.quantize.QuantizerSchedule;
import dev.swage.train.quantize.TrainedQuantizer;
import dev.swage.train.torch.TorchSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights whose codes change again and again, damped and frozen while training. */
final class OscillationTest {
  private static final DataSource DATA = TrainerTest.spots(48, 1);

  @TempDir private Path folder;

  private static OnnxModel plain() {
    return Network.input("x", 1, 8, 8).conv2d(4, 3).relu().flatten().dense(4).seed(1).build();
  }

  private static QuantizedGraph net(int bits, QuantizerMethod method) {
    List<TrainedQuantizer> quantizers = new ArrayList<>();
    quantizers.add(QuantizedNets.weight(plain(), "conv1.weight", bits, 0, method));
    quantizers.add(QuantizedNets.weight(plain(), "dense1.weight", 8, 1, method));
    return QuantizedGraph.of(plain(), quantizers, true);
  }

  private static Trainer trainer(OnnxModel model, QuantizerSchedule schedule) {
    return Trainer.of(model)
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(AdamW.of(0.05))
        .batchSize(8)
        .epochs(5)
        .quantizers(schedule)
        .seed(5);
  }

  private static QuantizerSchedule against(Oscillation oscillation) {
    return QuantizerSchedule.CONSTANT.against(oscillation);
  }

  private static List<OptionalDouble> frozen(Trainer trainer) {
    List<OptionalDouble> shares = new ArrayList<>();
    trainer
        .listener(
            new TrainingListener() {
              @Override
              public void step(StepRecord step) {
                shares.add(step.frozen());
              }
            })
        .fit(DATA);
    return shares;
  }

  private static float[] value(OnnxModel model, String name) {
    return Objects.requireNonNull(model.graph().initializers().get(name), name).toFloats();
  }

  /** Elements of the first layer that are just what their codes stand for. */
  private static int exact(QuantizedGraph graph, OnnxModel trained) {
    float[] weights = value(trained, "conv1.weight");
    float[] scales = graph.trained(trained).getFirst().params().scales();
    int exact = 0;
    for (int i = 0; i < weights.length; i++) {
      float scale = scales[i / (weights.length / scales.length)];
      exact += (float) Math.rint(weights[i] / scale) * scale == weights[i] ? 1 : 0;
    }
    return exact;
  }

  @ParameterizedTest
  @EnumSource(
      value = QuantizerMethod.class,
      names = {"FIXED", "LSQ", "LSQ_PLUS"})
  void weights_that_oscillate_freeze_at_their_codes(QuantizerMethod method) {
    QuantizedGraph graph = net(3, method);
    Supplier<Trainer> trainer =
        () -> trainer(graph.model(), against(Oscillation.freezingAbove(0.005)));
    List<OptionalDouble> shares = frozen(trainer.get());
    double last = shares.getLast().orElseThrow();
    assertThat(last).isGreaterThan(0.05).isLessThan(1);
    for (int i = 1; i < shares.size(); i++) {
      assertThat(shares.get(i).orElseThrow())
          .isGreaterThanOrEqualTo(shares.get(i - 1).orElseThrow());
    }
    OnnxModel trained = trainer.get().fit(DATA).model();
    int elements = value(trained, "conv1.weight").length;
    assertThat(exact(graph, trained)).isEqualTo((int) Math.round(last * elements));
    assertThat(exact(graph, trainer(graph.model(), QuantizerSchedule.CONSTANT).fit(DATA).model()))
        .isZero();
  }

  @Test
  void a_falling_threshold_freezes_more() {
    OnnxModel model = net(3, QuantizerMethod.LSQ).model();
    double high =
        frozen(trainer(model, against(Oscillation.freezingAbove(0.05)))).getLast().orElseThrow();
    double falling =
        frozen(trainer(model, against(Oscillation.freezingAbove(0.05, 0.005))))
            .getLast()
            .orElseThrow();
    assertThat(falling).isGreaterThan(high);
  }

  @ParameterizedTest
  @EnumSource(QuantizerMethod.class)
  void damping_draws_weights_to_their_codes(QuantizerMethod method) {
    QuantizedGraph graph = net(3, method);
    double damped =
        distance(graph, trainer(graph.model(), against(Oscillation.damping(10))).fit(DATA).model());
    double free =
        distance(graph, trainer(graph.model(), QuantizerSchedule.CONSTANT).fit(DATA).model());
    assertThat(damped).isLessThan(0.7 * free);
  }

  /** Mean distance of a weight to what its code stands for, in scales; those clipped left out. */
  private static double distance(QuantizedGraph graph, OnnxModel trained) {
    float[] weights = value(trained, "conv1.weight");
    float[] scales = graph.trained(trained).getFirst().params().scales();
    double sum = 0;
    int count = 0;
    for (int i = 0; i < weights.length; i++) {
      double steps = weights[i] / scales[i / (weights.length / scales.length)];
      if (steps >= -4 && steps <= 3) {
        sum += Math.abs(steps - Math.rint(steps));
        count++;
      }
    }
    return sum / count;
  }

  @Test
  void nothing_is_told_or_kept_unless_asked_for() {
    OnnxModel model = net(3, QuantizerMethod.LSQ).model();
    assertThat(frozen(trainer(model, QuantizerSchedule.CONSTANT)))
        .allMatch(OptionalDouble::isEmpty);
    assertThat(frozen(trainer(model, against(Oscillation.damping(1)))))
        .allMatch(OptionalDouble::isEmpty);
  }

  @ParameterizedTest
  @EnumSource(
      value = QuantizerMethod.class,
      names = {"FIXED", "LSQ", "LSQ_PLUS"})
  void a_resumed_run_ends_in_the_same_bits(QuantizerMethod method) {
    QuantizerSchedule schedule =
        QuantizerSchedule.CONSTANT
            .startingAt(3)
            .freezingAt(20)
            .against(new Oscillation(0.1, Oscillation.freezingAbove(0.02, 0.005).freeze()));
    Supplier<Trainer> trainers = () -> trainer(net(3, method).model(), schedule).accumulate(2);
    CheckpointPolicy policy = CheckpointPolicy.every(1).in(folder);
    TrainingRun expected = InterruptedRuns.assertSame(trainers, DATA, policy, 2, 3, 4, 9, 13);
    assertThat(exact(net(3, method), expected.model())).isPositive();
  }

  @ParameterizedTest
  @EnumSource(
      value = QuantizerMethod.class,
      names = {"STE", "PACT"})
  void scales_that_follow_a_range_do_not_let_weights_freeze(QuantizerMethod method) {
    Trainer trainer = trainer(net(3, method).model(), against(Oscillation.freezingAbove(0.02)));
    assertThatThrownBy(() -> trainer.fit(DATA))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "the scales of 'conv1.weight' follow its range, and a frozen weight would move it; freeze oscillations with method lsq, lsq+ or fixed, or damp them");
    assertThat(TorchSession.liveTensors()).isZero();
  }

  @Test
  void wide_codes_have_nothing_to_freeze() {
    List<String> warnings = new ArrayList<>();
    trainer(net(8, QuantizerMethod.LSQ).model(), against(Oscillation.freezingAbove(0.02)))
        .epochs(1)
        .listener(
            new TrainingListener() {
              @Override
              public void warning(String message) {
                warnings.add(message);
              }
            })
        .fit(DATA);
    assertThat(warnings)
        .containsExactly(
            "no trained weight has codes of up to 4 bits: there are no oscillations to damp or freeze");
  }

  @Test
  void settings_that_cannot_be_are_refused() {
    assertThatThrownBy(() -> Oscillation.damping(-1))
        .hasMessage("damp must be a number from 0 on, got -1.0");
    assertThatThrownBy(() -> Oscillation.damping(0))
        .hasMessage("say damp or freeze, or nothing at all");
    assertThatThrownBy(() -> Oscillation.freezingAbove(2))
        .hasMessage("a threshold is oscillations per step, in (0, 1), as 0.02; got 2.0");
  }
}
