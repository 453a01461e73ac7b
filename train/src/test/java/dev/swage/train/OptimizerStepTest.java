package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.clip.Clip;
import dev.swage.clip.ClipDecision;
import dev.swage.clip.ClipStep;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.Gradients;
import dev.swage.clip.NonFinitePolicy;
import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.layer.Network;
import dev.swage.range.RangeControls;
import dev.swage.range.RangePenalty;
import dev.swage.range.WeightClip;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The order of a step: accumulate, check, clip once, decay and update, tell. */
final class OptimizerStepTest {
  private static final int ACCUMULATE = 3;

  private final List<String> order = new ArrayList<>();
  private final List<Float> norms = new ArrayList<>();
  private final List<ClipDecision> decided = new ArrayList<>();

  private static OnnxModel net() {
    return Network.input("x", 1, 8, 8).flatten().dense(6).relu().dense(4).seed(1).build();
  }

  /** Records what the clipper sees, and what it decides. */
  private final class RecordingClipper implements GradientClipper {
    private final GradientClipper inner;

    private RecordingClipper(GradientClipper inner) {
      this.inner = inner;
    }

    @Override
    public ClipDecision decide(Gradients gradients, ClipStep step) {
      order.add("clip " + step.number());
      norms.add((float) gradients.measure().norm());
      ClipDecision decision = inner.decide(gradients, step);
      decided.add(decision);
      return decision;
    }

    @Override
    public String describe() {
      return "recording";
    }
  }

  /** Records what the optimizer is given, and lets another one work. */
  private record RecordingOptimizer(OptimizerStepTest test, Optimizer inner) implements Optimizer {
    @Override
    public String describe() {
      return inner.describe();
    }

    @Override
    public double learningRate() {
      return inner.learningRate();
    }

    @Override
    public Stepper start(List<Parameter> parameters) {
      Stepper stepper = inner.start(parameters);
      return new Stepper() {
        @Override
        public void step(Gradients gradients, ClipDecision decision, double learningRate) {
          test.order.add("update");
          assertThat(decision).isSameAs(test.decided.getLast());
          // The optimizer gets what the clipper saw: nothing has clipped in between.
          assertThat((float) gradients.measure().norm()).isEqualTo(test.norms.getLast());
          stepper.step(gradients, decision, learningRate);
        }

        @Override
        public void limitParameters(float... limits) {
          test.order.add("limit");
          stepper.limitParameters(limits);
        }

        @Override
        public Map<String, MemorySegment> state() {
          return stepper.state();
        }

        @Override
        public void close() {
          stepper.close();
        }
      };
    }
  }

  private TrainingRun train(Optimizer optimizer, GradientClipper clipper, DataSource data) {
    return trainer(optimizer, clipper).fit(data);
  }

  private Trainer trainer(Optimizer optimizer, GradientClipper clipper) {
    return Trainer.of(net())
        .loss(Loss.crossEntropyWithLogits())
        .optimizer(new RecordingOptimizer(this, optimizer))
        .clip(new RecordingClipper(clipper))
        .batchSize(8)
        .accumulate(ACCUMULATE)
        .listener(
            new TrainingListener() {
              @Override
              public void step(StepRecord step) {
                order.add("tell " + step.step());
              }
            })
        .seed(5);
  }

  @Test
  void penalties_are_clipped_with_the_loss_and_limits_come_with_the_update() {
    DataSource data = TrainerTest.spots(8 * ACCUMULATE, 1);
    train(Sgd.of(0.1), Clip.none(), data);
    order.clear();
    RangeControls controls =
        RangeControls.of(WeightClip.absolute(0.05), new RangePenalty.Kure(1.8, 100));
    TrainingRun run = trainer(Sgd.of(0.1), Clip.byGlobalNorm(0.1)).range(controls).fit(data);
    assertThat(order).containsExactly("clip 0", "limit", "update", "tell 0");
    assertThat(norms.getLast()).isGreaterThan(2 * norms.getFirst());
    assertThat(decided.getLast()).isInstanceOf(ClipDecision.Scale.class);
    for (Map.Entry<String, Tensor> value : run.model().graph().initializers().entrySet()) {
      if (value.getValue().shape().rank() == 2) {
        float[] weights = value.getValue().toFloats();
        for (float weight : weights) {
          assertThat(Math.abs(weight)).isLessThanOrEqualTo(0.05f);
        }
      }
    }
  }

  @Test
  void a_step_that_is_not_taken_limits_and_learns_nothing() {
    float[] values = TestFloats.gaussian(8 * ACCUMULATE * 64, 1, 3);
    values[70] = Float.NaN;
    DataSource data =
        DataSource.of(
            Tensor.ofFloats(Shape.of(8 * ACCUMULATE, 1, 8, 8), values),
            Tensor.ofLongs(Shape.of(8 * ACCUMULATE), new long[8 * ACCUMULATE]));
    TrainingRun run =
        trainer(Sgd.of(0.1), Clip.none().onNonFinite(NonFinitePolicy.skipStep(2)))
            .range(RangeControls.of(WeightClip.absolute(0.05)))
            .fit(data);
    assertThat(order).doesNotContain("limit");
    assertThat(run.history().clip().summary().skipped()).isEqualTo(1);
  }

  @Test
  void an_optimizer_that_cannot_limit_weights_says_so() {
    Optimizer.Stepper stepper =
        new Optimizer.Stepper() {
          @Override
          public void step(Gradients gradients, ClipDecision decision, double learningRate) {}

          @Override
          public Map<String, MemorySegment> state() {
            return Map.of();
          }

          @Override
          public void close() {}
        };
    assertThatThrownBy(() -> stepper.limitParameters(1))
        .hasMessage("this optimizer cannot limit weights: use a penalty instead of a weight clip");
  }

  @Test
  void a_step_clips_once_then_updates_then_tells_whatever_it_accumulates() {
    train(Sgd.of(0.1), Clip.byGlobalNorm(0.1), TrainerTest.spots(8 * ACCUMULATE * 2, 1));
    assertThat(order).containsExactly("clip 0", "update", "tell 0", "clip 1", "update", "tell 1");
    assertThat(decided).hasOnlyElementsOfType(ClipDecision.Scale.class);
  }

  @Test
  void the_clipper_sees_the_mean_gradient_of_all_batches() {
    DataSource data = TrainerTest.spots(8 * ACCUMULATE, 1);
    train(Sgd.of(0.1), Clip.none(), data);
    TrainingRun whole =
        Trainer.of(net())
            .loss(Loss.crossEntropyWithLogits())
            .optimizer(Sgd.of(0.1))
            .batchSize(8 * ACCUMULATE)
            .seed(5)
            .fit(data);
    assertThat(norms.getFirst())
        .isCloseTo((float) whole.history().clip().norms()[0], within(1e-5f));
  }

  @Test
  void the_clipper_does_not_see_weight_decay() {
    DataSource data = TrainerTest.spots(8 * ACCUMULATE, 1);
    train(Sgd.of(0.1), Clip.byGlobalNorm(0.1), data);
    train(Sgd.of(0.1).withWeightDecay(0.5), Clip.byGlobalNorm(0.1), data);
    train(AdamW.of(0.1), Clip.byGlobalNorm(0.1), data);
    assertThat(norms).hasSize(3).allMatch(norm -> norm.equals(norms.getFirst()));
  }

  @Test
  void the_check_for_finite_gradients_comes_before_the_update() {
    float[] values = TestFloats.gaussian(8 * ACCUMULATE * 64, 1, 3);
    values[70] = Float.POSITIVE_INFINITY;
    DataSource data =
        DataSource.of(
            Tensor.ofFloats(Shape.of(8 * ACCUMULATE, 1, 8, 8), values),
            Tensor.ofLongs(Shape.of(8 * ACCUMULATE), new long[8 * ACCUMULATE]));
    assertThatThrownBy(() ->
            train(Sgd.of(0.1), Clip.byGlobalNorm(1).onNonFinite(NonFinitePolicy.fail()), data))
        .isInstanceOf(TrainingException.class);
    assertThat(order).containsExactly("clip 0");
  }
}
