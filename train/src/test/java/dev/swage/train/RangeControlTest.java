package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.range.RangeControls;
import dev.swage.range.RangeGroup;
import dev.swage.range.RangePenalty;
import dev.swage.range.WeightClip;
import dev.swage.range.WeightRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Range control as a trainer's user meets it. */
final class RangeControlTest {
  private static final int SAMPLES = 64;

  private static OnnxModel net() {
    return Network.input("x", 1, 8, 8).flatten().dense(12).relu().dense(4).seed(1).build();
  }

  private static Trainer trainer() {
    return Trainer.of(net())
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(AdamW.of(0.01))
        .batchSize(8)
        .epochs(4)
        .seed(5);
  }

  private static TrainingRun run(Trainer trainer) {
    return trainer.fit(TrainerTest.spots(SAMPLES, 1));
  }

  private static List<WeightRecord> lastEpoch(TrainingRun run) {
    return run.history().weights().stream().filter(record -> record.epoch() == 4).toList();
  }

  @Test
  void records_tell_of_every_weight_after_every_epoch() {
    TrainingRun run = run(trainer().profileWeights(true));
    assertThat(run.history().weights()).hasSize(2 * 4);
    assertThat(run.history().weights())
        .allSatisfy(record -> {
          assertThat(record.control()).isEqualTo("none");
          assertThat(record.limit()).isInfinite();
          assertThat(record.atLimit()).isZero();
          assertThat(record.errors()).isSortedAccordingTo(Double::compare);
          assertThat(record.kurtosis()).isGreaterThan(1);
        });
    assertThat(run(trainer()).history().weights()).isEmpty();
  }

  @Test
  void a_weight_clip_makes_few_bits_cost_less() {
    List<WeightRecord> free = lastEpoch(run(trainer().profileWeights(true)));
    List<WeightRecord> clipped =
        lastEpoch(
            run(trainer().profileWeights(true).range(RangeControls.of(WeightClip.sigma(1.5)))));
    for (int i = 0; i < free.size(); i++) {
      assertThat(clipped.get(i).error(4)).isLessThan(free.get(i).error(4));
      assertThat(clipped.get(i).atLimit()).isPositive();
      assertThat(clipped.get(i).control()).isEqualTo("weight clip 1.5 sigma");
      assertThat(clipped.get(i).limit()).isFinite();
    }
  }

  @Test
  void kurtosis_regularization_brings_the_kurtosis_near_its_target() {
    List<WeightRecord> records =
        lastEpoch(
            run(
                trainer()
                    .epochs(4)
                    .profileWeights(true)
                    .range(RangeControls.of(new RangePenalty.Kure(1.5, 10)))));
    List<WeightRecord> free = lastEpoch(run(trainer().profileWeights(true)));
    for (int i = 0; i < free.size(); i++) {
      assertThat(Math.abs(records.get(i).kurtosis() - 1.5))
          .isLessThan(Math.abs(free.get(i).kurtosis() - 1.5));
    }
  }

  @Test
  void steps_tell_the_share_of_penalties_and_only_of_penalties() {
    List<OptionalDouble> penalized = new ArrayList<>();
    run(trainer().range(RangeControls.of(RangePenalty.kure())).listener(listener(penalized)));
    assertThat(penalized).allMatch(share -> share.isPresent() && share.getAsDouble() > 0);
    List<OptionalDouble> clipped = new ArrayList<>();
    run(trainer().range(RangeControls.of(WeightClip.sigma(3))).listener(listener(clipped)));
    assertThat(clipped).hasSameSizeAs(penalized).allMatch(OptionalDouble::isEmpty);
  }

  private static TrainingListener listener(List<OptionalDouble> shares) {
    return new TrainingListener() {
      @Override
      public void step(StepRecord step) {
        shares.add(step.rangeLoss());
      }
    };
  }

  @Test
  void a_weight_that_is_not_trained_cannot_be_controlled() {
    RangeControls controls =
        RangeControls.of(WeightClip.absolute(1))
            .withGroups(RangeGroup.named("first", List.of("dense1.*"), WeightClip.absolute(2)));
    assertThatThrownBy(() -> run(trainer().freeze("dense1.*").range(controls)))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "range group 'first': weight 'dense1.bias' is not trained; train it, or leave 'dense1.*' out");
  }
}
