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
import dev.swage.clip.NormOrder;
import dev.swage.clip.NormScope;
import dev.swage.clip.ParameterInfo;
import dev.swage.clip.ThresholdSchedule;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizersTest {
  private static final int[] SIZES = {37, 5, 3000};
  private static final int STEPS = 12;

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        Sgd.of(0.1),
        Sgd.of(0.1).withWeightDecay(0.05),
        Sgd.of(0.1).withMomentum(0.9),
        Sgd.of(0.1).withMomentum(0.9).withNesterov().withWeightDecay(0.05),
        Adam.of(0.01),
        Adam.of(0.01).withBetas(0.8, 0.99).withEpsilon(1e-6).withWeightDecay(0.1),
        AdamW.of(0.01),
        AdamW.of(0.01).withBetas(0.8, 0.99).withEpsilon(1e-3).withWeightDecay(0.5));
  }

  static Stream<GradientClipper> clippers() {
    return Stream.of(
            Clip.none(),
            Clip.byGlobalNorm(0.7),
            Clip.byValue(-0.5, 0.25),
            Clip.byNorm(NormOrder.L1, NormScope.TENSOR, ThresholdSchedule.constant(10)))
        .flatMap(clipper -> Stream.of(clipper, clipper.onNonFinite(NonFinitePolicy.zero())));
  }

  private static ParameterInfo info(int i) {
    return ParameterInfo.of("dense" + i + ".weight", "dense" + i, Shape.of(SIZES[i]));
  }

  private static List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    for (int i = 0; i < SIZES.length; i++) {
      MemorySegment data = MemorySegment.ofArray(TestFloats.gaussian(SIZES[i], 1, i));
      parameters.add(new Parameter(info(i), data));
    }
    return parameters;
  }

  private static Gradients gradients(int step) {
    return gradients(i -> TestFloats.gaussian(SIZES[i], 1, 100L * step + i));
  }

  private static Gradients gradients(IntFunction<float[]> values) {
    List<Gradients.Entry> entries = new ArrayList<>();
    for (int i = 0; i < SIZES.length; i++) {
      MemorySegment data = MemorySegment.ofArray(values.apply(i));
      entries.add(new Gradients.Entry(info(i), data, data));
    }
    return Gradients.of(entries);
  }

  private static ClipDecision keep(Gradients gradients) {
    return Clip.none().decide(gradients, ClipStep.of(0));
  }

  private static float[] floats(Parameter parameter) {
    return parameter.data().toArray(Tensor.LE_FLOAT);
  }

  /** The published update rules on one element, in double. */
  private static final class Reference {
    private double p;
    private double m;
    private double v;
    private int t;

    Reference(double p) {
      this.p = p;
    }

    void step(Optimizer optimizer, double g, double rate) {
      t++;
      switch (optimizer) {
        case Sgd sgd -> {
          double d = g + sgd.weightDecay() * p;
          m = t == 1 ? d : sgd.momentum() * m + d;
          p -= rate * (sgd.nesterov() ? d + sgd.momentum() * m : m);
        }
        case Adam adam -> adam(adam, g + adam.weightDecay() * p, rate);
        case AdamW w -> {
          p -= rate * w.weightDecay() * p;
          adam(new Adam(w.learningRate(), w.beta1(), w.beta2(), w.epsilon(), 0), g, rate);
        }
        default -> throw new AssertionError(optimizer);
      }
    }

    private void adam(Adam adam, double g, double rate) {
      m = adam.beta1() * m + (1 - adam.beta1()) * g;
      v = adam.beta2() * v + (1 - adam.beta2()) * g * g;
      double mean = m / (1 - Math.pow(adam.beta1(), t));
      double square = v / (1 - Math.pow(adam.beta2(), t));
      p -= rate * mean / (Math.sqrt(square) + adam.epsilon());
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void theUpdateFollowsThePublishedRule(Optimizer optimizer) {
    List<Parameter> parameters = parameters();
    List<Reference> references = new ArrayList<>();
    for (float p : floats(parameters.get(0))) {
      references.add(new Reference(p));
    }
    try (Optimizer.Stepper stepper = optimizer.start(parameters)) {
      for (int step = 0; step < STEPS; step++) {
        Gradients gradients = gradients(step);
        double rate = optimizer.learningRate() / (1 + step);
        stepper.step(gradients, keep(gradients), rate);
        float[] g = gradients.get(0).data().toArray(Tensor.LE_FLOAT);
        for (int i = 0; i < g.length; i++) {
          references.get(i).step(optimizer, g[i], rate);
        }
      }
    }
    float[] got = floats(parameters.get(0));
    for (int i = 0; i < got.length; i++) {
      double expected = references.get(i).p;
      // Some dozen roundings of 6e-8, of values that are at most a few units large.
      assertThat((double) got[i]).isCloseTo(expected, within(3e-6 * (1 + Math.abs(expected))));
    }
  }

  @ParameterizedTest
  @MethodSource("clippers")
  void applyingTheDecisionEqualsClippingFirstAndSteppingPlainly(GradientClipper clipper) {
    for (Optimizer optimizer : optimizers().toList()) {
      List<Parameter> fused = parameters();
      List<Parameter> plain = parameters();
      try (Optimizer.Stepper one = optimizer.start(fused);
          Optimizer.Stepper two = optimizer.start(plain)) {
        for (int step = 0; step < 3; step++) {
          Gradients gradients = withNonFinite(step, clipper);
          ClipDecision decision = clipper.decide(gradients, ClipStep.of(step));
          one.step(gradients, decision, 0.05);
          gradients.apply(decision);
          two.step(gradients, keep(gradients), 0.05);
        }
      }
      for (int i = 0; i < fused.size(); i++) {
        assertThat(floats(fused.get(i))).isEqualTo(floats(plain.get(i)));
      }
    }
  }

  /** With a NaN and an infinity where the clipper replaces them by zero. */
  private static Gradients withNonFinite(int step, GradientClipper clipper) {
    Gradients bad =
        gradients(i -> {
          float[] values = TestFloats.gaussian(SIZES[i], 1, 100L * step + i);
          values[3] = i == 1 ? Float.NaN : values[3];
          values[1] = i == 2 ? Float.NEGATIVE_INFINITY : values[1];
          return values;
        });
    return clipper.decide(bad, ClipStep.of(step)) instanceof ClipDecision.ZeroNonFinite
        ? bad
        : gradients(step);
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void gradientsAreNotWritten(Optimizer optimizer) {
    List<Parameter> parameters = parameters();
    Gradients gradients = gradients(0);
    try (Optimizer.Stepper stepper = optimizer.start(parameters)) {
      stepper.step(gradients, Clip.byGlobalNorm(0.1).decide(gradients, ClipStep.of(0)), 0.1);
    }
    for (int i = 0; i < SIZES.length; i++) {
      assertThat(gradients.get(i).data().mismatch(gradients(0).get(i).data())).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void aMeasuredStepIsTheSameStepAndTellsByHowMuchWeightsMoved(Optimizer optimizer) {
    List<Parameter> measured = parameters();
    List<Parameter> plain = parameters();
    try (Optimizer.Stepper one = optimizer.start(measured);
        Optimizer.Stepper two = optimizer.start(plain)) {
      for (int step = 0; step < 3; step++) {
        double[] before = all(measured);
        Gradients gradients = gradients(step);
        ClipDecision decision = Clip.byGlobalNorm(0.1).decide(gradients, ClipStep.of(step));
        double ratio = one.stepAndMeasure(gradients, decision, 0.02).orElseThrow();
        two.step(gradients, decision, 0.02);
        double[] after = all(measured);
        double moves = 0;
        double weights = 0;
        for (int i = 0; i < before.length; i++) {
          moves += (after[i] - before[i]) * (after[i] - before[i]);
          weights += before[i] * before[i];
        }
        assertThat(ratio / Math.sqrt(moves / weights)).isCloseTo(1, within(1e-6));
        assertThat(after).isEqualTo(all(plain));
        ClipDecision skip = new ClipDecision.Skip("for the test", decision.record());
        assertThat(one.stepAndMeasure(gradients, skip, 0.02)).isEmpty();
      }
      one.state()
          .forEach((name, state) ->
              assertThat(state.mismatch(two.state().get(name))).as(name).isEqualTo(-1));
    }
  }

  private static double[] all(List<Parameter> parameters) {
    return parameters.stream()
        .flatMapToDouble(p -> {
          float[] values = floats(p);
          return java.util.stream.IntStream.range(0, values.length).mapToDouble(i -> values[i]);
        })
        .toArray();
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void aSkippedStepChangesNothingAtAll(Optimizer optimizer) {
    List<Parameter> with = parameters();
    List<Parameter> without = parameters();
    try (Optimizer.Stepper one = optimizer.start(with);
        Optimizer.Stepper two = optimizer.start(without)) {
      for (int step = 0; step < 3; step++) {
        Gradients gradients = gradients(step);
        ClipDecision keep = keep(gradients);
        one.step(gradients, keep, 0.1);
        one.step(gradients, new ClipDecision.Skip("for the test", keep.record()), 0.1);
        two.step(gradients, keep, 0.1);
      }
      one.state()
          .forEach((name, state) ->
              assertThat(state.mismatch(two.state().get(name))).as(name).isEqualTo(-1));
    }
    assertThat(floats(with.get(2))).isEqualTo(floats(without.get(2)));
  }

  @Test
  void aRunContinuesBitForBitFromItsCopiedState() {
    for (Optimizer optimizer : optimizers().toList()) {
      List<Parameter> whole = parameters();
      List<Parameter> resumed = parameters();
      try (Optimizer.Stepper one = optimizer.start(whole);
          Optimizer.Stepper two = optimizer.start(resumed)) {
        run(one, 0, 3);
        one.state().forEach((name, state) -> two.state().get(name).copyFrom(state));
        for (int i = 0; i < SIZES.length; i++) {
          resumed.get(i).data().copyFrom(whole.get(i).data());
        }
        run(one, 3, 5);
        run(two, 3, 5);
      }
      assertThat(floats(resumed.get(2))).isEqualTo(floats(whole.get(2)));
    }
  }

  private static void run(Optimizer.Stepper stepper, int from, int to) {
    for (int step = from; step < to; step++) {
      Gradients gradients = gradients(step);
      stepper.step(gradients, keep(gradients), 0.02);
    }
  }

  @Test
  void statesAreNamedAsInPyTorch() {
    try (Optimizer.Stepper adam = AdamW.of(0.1).start(parameters().subList(0, 1));
        Optimizer.Stepper plain = Sgd.of(0.1).start(parameters())) {
      assertThat(adam.state().keySet())
          .containsExactly("step", "exp_avg/dense0.weight", "exp_avg_sq/dense0.weight");
      assertThat(plain.state().keySet()).containsExactly("step");
    }
  }

  @Test
  void optimizersDescribeThemselves() {
    assertThat(optimizers().map(Optimizer::describe))
        .startsWith("sgd(lr=0.1)", "sgd(lr=0.1, weight_decay=0.05)", "sgd(lr=0.1, momentum=0.9)")
        .contains(
            "sgd(lr=0.1, momentum=0.9, nesterov, weight_decay=0.05)",
            "adam(lr=0.01, betas=0.9/0.999, eps=1.0E-8, weight_decay=0.0)",
            "adamw(lr=0.01, betas=0.9/0.999, eps=1.0E-8, weight_decay=0.01)");
  }

  @Test
  void impossibleHyperParametersAreNamed() {
    assertThatThrownBy(() -> Sgd.of(0)).hasMessage("learningRate must be finite and > 0, got 0.0");
    assertThatThrownBy(() -> Sgd.of(1).withMomentum(1))
        .hasMessage("momentum must be in [0, 1), got 1.0");
    assertThatThrownBy(() -> Sgd.of(1).withNesterov())
        .hasMessage("nesterov needs a momentum > 0, got momentum 0.0");
    assertThatThrownBy(() -> AdamW.of(1).withWeightDecay(-1))
        .hasMessage("weightDecay must be finite and >= 0, got -1.0");
    assertThatThrownBy(() -> Adam.of(1).withBetas(0.9, Double.NaN))
        .hasMessage("beta2 must be in [0, 1), got NaN");
  }

  @Test
  void gradientsOfOtherParametersAreRejected() {
    Gradients gradients = gradients(0);
    try (Optimizer.Stepper stepper = Sgd.of(1).start(parameters().subList(0, 2))) {
      assertThatThrownBy(() -> stepper.step(gradients, keep(gradients), 1))
          .hasMessage("optimizer has 2 parameters, got 3 gradients");
    }
  }
}
