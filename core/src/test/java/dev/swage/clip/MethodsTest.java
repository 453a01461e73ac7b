package dev.swage.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.kernel.UpdateRule;
import dev.swage.kernel.UpdateTarget;
import dev.swage.kernel.Updates;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every method against {@link SlowClippers}, and what all of them have in common. */
class MethodsTest {
  private static final int STEPS = 130;

  /** Rows, columns, runs in between, a vector, the head. */
  private static final List<ParameterInfo> PARAMETERS =
      List.of(
          info("conv.weight", 0, 6, 5, 3),
          info("dense.weight", 1, 40, 21),
          info("up.weight", 1, 4, 5, 9),
          info("dense.bias", -1, 21),
          info("out.weight", 0, 3, 40).asHead());

  private static ParameterInfo info(String name, int axis, long... dims) {
    Shape shape = Shape.of(dims);
    ParameterInfo info = ParameterInfo.of(name, name.substring(0, name.indexOf('.')), shape);
    return axis < 0 ? info : info.withUnits(UnitLayout.axis(shape, axis));
  }

  record Method(
      String name,
      DoubleFunction<GradientClipper> clipper,
      DoubleFunction<SlowClippers.Slow> slow) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static ThresholdSchedule constant(double threshold) {
    return ThresholdSchedule.constant(threshold);
  }

  private static SlowClippers.Slow slowAgc(double lambda, boolean head) {
    return SlowClippers.agc(
        lambda,
        1e-3,
        PARAMETERS.stream().mapToInt(p -> (int) p.units().units()).toArray(),
        PARAMETERS.stream().mapToInt(p -> (int) p.units().inner()).toArray(),
        new boolean[] {true, true, true, true, head});
  }

  /** Bounds are given for gradients of scale 1, and scaled with them. */
  static Stream<Method> methods() {
    return Stream.of(
        new Method("value", s -> Clip.byValue(0.7 * s), s -> SlowClippers.value((float) (0.7 * s))),
        new Method("global", s -> Clip.byGlobalNorm(9 * s), s -> SlowClippers.global(9 * s)),
        new Method(
            "blockRms",
            s -> Clip.byBlockRms(constant(0.9 * s)),
            s -> SlowClippers.blockRms(0.9 * s)),
        new Method("smooth", s -> Clip.smooth(constant(9 * s)), s -> SlowClippers.smooth(9 * s)),
        new Method("agc", s -> Clip.agc(constant(2 * s), 1e-3, false), s -> slowAgc(2 * s, false)),
        new Method(
            "agc with head",
            s -> Clip.agc(constant(0.5 * s), 1e-3, true),
            s -> slowAgc(0.5 * s, true)),
        new Method("autoclip", s -> Clip.autoClip(10, 30), s -> SlowClippers.autoClip(10, 30)),
        new Method("median", s -> Clip.median(1.2, 50), s -> SlowClippers.median(1.2, 50)),
        new Method(
            "zclip",
            s -> Clip.zClip(0.97, 2.5, 25, Double.POSITIVE_INFINITY, 0),
            s -> SlowClippers.zClip(0.97, 2.5, 25, Double.POSITIVE_INFINITY, 0)),
        new Method(
            "zclip with cap and floor",
            s -> Clip.zClip(0.9, 1, 5, 40 * s, 36 * s),
            s -> SlowClippers.zClip(0.9, 1, 5, 40 * s, 36 * s)),
        new Method(
            "adagc",
            s -> Clip.adaGc(1.05, 40 * s, 0.98, 20),
            s -> SlowClippers.adaGc(1.05, 40 * s, 0.98, 20)),
        new Method(
            "quantile",
            s -> Clip.quantile(0.6, 0.2, 30 * s, 1e-3 * s, 45 * s),
            s -> SlowClippers.quantile(0.6, 0.2, 30 * s, 1e-3 * s, 45 * s)));
  }

  static Stream<Object[]> methodsAndScales() {
    return methods()
        .flatMap(m -> Stream.of(1.0, 1e-30, 1e30, 0.0).map(scale -> new Object[] {m, scale}));
  }

  private static Gradients gradients(int step, long seed, double scale) {
    List<Gradients.Entry> entries = new ArrayList<>();
    RandomGenerator random = TestFloats.random(1000 * seed + step);
    double spike = random.nextInt(9) == 0 ? 30 : 0.5 + random.nextDouble();
    for (ParameterInfo parameter : PARAMETERS) {
      int size = (int) parameter.shape().elements();
      float[] weight = TestFloats.gaussian(size, 0.3, seed + parameter.name().hashCode());
      float[] data = new float[size];
      for (int i = 0; i < size; i++) {
        data[i] = (float) (random.nextGaussian() * spike * scale);
      }
      entries.add(
          new Gradients.Entry(
              parameter, MemorySegment.ofArray(data), MemorySegment.ofArray(weight)));
    }
    return Gradients.of(entries);
  }

  private static double[][] doubles(List<MemorySegment> memory) {
    return memory.stream()
        .map(m -> {
          float[] x = m.toArray(Tensor.LE_FLOAT);
          double[] d = new double[x.length];
          for (int i = 0; i < x.length; i++) {
            d[i] = x[i];
          }
          return d;
        })
        .toArray(double[][]::new);
  }

  @ParameterizedTest
  @MethodSource("methodsAndScales")
  void agreesWithTheSlowReference(Method method, double scale) {
    double bounds = scale == 0 ? 1 : scale;
    for (long seed = 1; seed <= 2; seed++) {
      GradientClipper clipper = method.clipper().apply(bounds);
      SlowClippers.Slow slow = method.slow().apply(bounds);
      for (int step = 0; step < STEPS; step++) {
        Gradients gradients = gradients(step, seed, scale);
        double[][] expected =
            slow.clip(
                doubles(gradients.memory()),
                doubles(gradients.entries().stream().map(Gradients.Entry::weight).toList()));
        ClipDecision decision = clipper.decide(gradients, ClipStep.of(step));
        double before = SlowClippers.norm(doubles(gradients.memory()));
        gradients.apply(decision);
        double[][] got = doubles(gradients.memory());
        for (int t = 0; t < got.length; t++) {
          for (int i = 0; i < got[t].length; i++) {
            if (Math.abs(got[t][i] - expected[t][i]) > 4e-7 * Math.abs(expected[t][i]) + 1e-44) {
              throw new AssertionError(
                  "step %d, tensor %d, element %d: %s, expected %s, %s"
                      .formatted(step, t, i, got[t][i], expected[t][i], decision.record()));
            }
          }
        }
        ClipRecord record = decision.record();
        double after = SlowClippers.norm(got);
        assertThat(record.normBefore()).isCloseTo(before, within(1e-9 * before));
        assertThat(record.normAfter()).isCloseTo(after, within(1e-6 * before));
        assertThat(record.clipped()).isEqualTo(!(decision instanceof ClipDecision.Keep));
        assertThat(record.coefficient() < 1).isEqualTo(record.clipped());
      }
    }
  }

  /** Adam with gain 1 and means of 0 leaves the limited gradient in its first moment. */
  @ParameterizedTest
  @ValueSource(doubles = {1, 0, 1e-30, 1e-15, 1e15, 1e30})
  void spikesAgreeWithTheSlowReference(double scale) {
    double theta = 25;
    int off = 4;
    int size = 1003;
    GradientClipper clipper = Clip.spikes(theta, off).onNonFinite(NonFinitePolicy.pass());
    MemorySegment v = MemorySegment.ofArray(new float[size]);
    UpdateRule rule = new UpdateRule.Adam(0, 1, 0.9f, 0.1f, 1, 1e-8f, 0, 1);
    for (int step = 0; step < 40; step++) {
      float[] g = TestFloats.gaussian(size, 1, step);
      for (int i = 0; i < size; i++) {
        g[i] *= (float) (i % 97 == step ? 1000 * scale : scale);
      }
      if (step > 20) {
        g[step] = Float.NaN;
        g[step + 100] = Float.NEGATIVE_INFINITY;
      }
      Gradients gradients = GradientsFixture.of(g);
      float[] before = v.toArray(Tensor.LE_FLOAT);
      MemorySegment m = MemorySegment.ofArray(new float[size]);
      UpdateTarget target =
          new UpdateTarget(
              gradients.get(0).weight(),
              gradients.get(0).data(),
              List.of(m, v),
              clipper.decide(gradients, ClipStep.of(step)).edits(1).get(0));
      Updates.apply(rule, List.of(target));
      float[] got = m.toArray(Tensor.LE_FLOAT);
      for (int i = 0; i < size; i++) {
        double expected = step < off ? g[i] : SlowClippers.spike(g[i], before[i], theta);
        double allowed = Double.isFinite(expected) ? 1e-6 * Math.abs(expected) : 0;
        boolean same = Double.compare(got[i], expected) == 0;
        assertThat(same || Math.abs(got[i] - expected) <= allowed)
            .as("step %d, element %d: %s, expected %s", step, i, got[i], expected)
            .isTrue();
      }
    }
  }

  static Stream<Supplier<GradientClipper>> withMemory() {
    return Stream.of(
        Clip::none,
        () -> Clip.byGlobalNorm(9),
        () -> Clip.autoClip(10, 30),
        () -> Clip.median(1.2, 50),
        () -> Clip.zClip(0.97, 2.5, 25, Double.POSITIVE_INFINITY, 0),
        () -> Clip.adaGc(1.05, 40, 0.98, 20),
        () -> Clip.quantile(0.5, 0.2, 1, 1e-8, 1e8),
        () -> Clip.spikes(5000, 20),
        () -> Clip.agc(constant(2), 1e-3, false),
        () -> Clip.chain(Clip.byValue(2), Clip.autoClip(10, 30), Clip.median()),
        () ->
            Clip.groups(
                List.of(
                    ClipGroup.named("convolutions", List.of("conv*", "up.*"), Clip.zClip()),
                    ClipGroup.ofRoles(
                        "biases", java.util.Set.of(ParameterRole.BIAS), Clip.autoClip(20, 10))),
                Clip.chain(Clip.quantile(), Clip.byValue(1))));
  }

  @ParameterizedTest
  @MethodSource("withMemory")
  void aRestoredClipperDecidesTheSameBits(Supplier<GradientClipper> fresh) {
    GradientClipper whole = fresh.get();
    GradientClipper part = fresh.get();
    for (int step = 0; step < STEPS; step++) {
      if (step % 17 == 3) {
        Map<String, double[]> saved = part.state();
        part = fresh.get();
        part.restore(saved);
      }
      Gradients gradients = step % 11 == 7 ? bad(step) : gradients(step, 1, 1);
      ClipDecision decision = whole.decide(gradients, ClipStep.of(step));
      assertThat(part.decide(gradients, ClipStep.of(step))).isEqualTo(decision);
      assertThat(part.state().keySet()).isEqualTo(whole.state().keySet());
    }
  }

  @ParameterizedTest
  @MethodSource("withMemory")
  void resetForgetsEverything(Supplier<GradientClipper> fresh) {
    GradientClipper used = fresh.get();
    for (int step = 0; step < 60; step++) {
      used.decide(gradients(step, 2, 1), ClipStep.of(step));
    }
    used.reset();
    GradientClipper unused = fresh.get();
    for (int step = 0; step < 60; step++) {
      Gradients gradients = gradients(step, 1, 1);
      assertThat(used.decide(gradients, ClipStep.of(step)))
          .isEqualTo(unused.decide(gradients, ClipStep.of(step)));
    }
  }

  @ParameterizedTest
  @MethodSource("withMemory")
  void theStateOfAnotherClipperIsRefused(Supplier<GradientClipper> fresh) {
    GradientClipper clipper = fresh.get();
    Map<String, double[]> state = new LinkedHashMap<>(clipper.state());
    state.put("clipper/stranger", new double[] {1});
    assertThatThrownBy(() -> clipper.restore(state))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("stranger");
  }

  private static Gradients bad(int step) {
    Gradients gradients = gradients(step, 1, 1);
    gradients
        .get(1)
        .data()
        .set(Tensor.LE_FLOAT, 8, step % 2 == 0 ? Float.NaN : Float.POSITIVE_INFINITY);
    return gradients;
  }

  @ParameterizedTest
  @MethodSource("withMemory")
  void nothingIsLearntFromGradientsThatAreNotFinite(Supplier<GradientClipper> fresh) {
    for (NonFinitePolicy policy : List.of(NonFinitePolicy.skipStep(5), NonFinitePolicy.pass())) {
      GradientClipper clean = fresh.get().onNonFinite(policy);
      GradientClipper dirty = fresh.get().onNonFinite(policy);
      boolean countsSteps = dirty.describe().contains("spikes");
      boolean composed = dirty.describe().matches("(groups|chain).*");
      if (policy instanceof NonFinitePolicy.Pass && (countsSteps || composed)) {
        continue; // a step that is taken counts; what a stage or group leaves finite is learnt from
      }
      for (int step = 0; step < STEPS; step++) {
        if (step % 7 == 5) {
          ClipDecision decision = dirty.decide(bad(step), ClipStep.of(step));
          assertThat(decision instanceof ClipDecision.Skip)
              .isEqualTo(policy instanceof NonFinitePolicy.SkipStep);
        }
        Gradients gradients = gradients(step, 1, 1);
        assertThat(dirty.decide(gradients, ClipStep.of(step)))
            .isEqualTo(clean.decide(gradients, ClipStep.of(step)));
      }
    }
  }

  static Stream<Method> equivariant() {
    return methods();
  }

  @ParameterizedTest
  @MethodSource("equivariant")
  void scalingGradientsAndBoundsChangesNoCoefficient(Method method) {
    GradientClipper plain = method.clipper().apply(1);
    GradientClipper scaled = method.clipper().apply(0x1p-20);
    for (int step = 0; step < STEPS; step++) {
      ClipRecord one = plain.decide(gradients(step, 1, 1), ClipStep.of(step)).record();
      ClipRecord other = scaled.decide(gradients(step, 1, 0x1p-20), ClipStep.of(step)).record();
      assertThat(other.coefficient()).isCloseTo(one.coefficient(), within(1e-6));
      assertThat(other.clipped()).isEqualTo(one.clipped());
    }
  }

  @Test
  void manySmallTensorsAreClippedAsOneLarge() {
    float[] large = TestFloats.gaussian(60_000, 1, 5);
    float[][] small = new float[600][];
    for (int i = 0; i < small.length; i++) {
      small[i] = java.util.Arrays.copyOfRange(large, i * 100, i * 100 + 100);
    }
    for (GradientClipper clipper :
        List.of(Clip.byGlobalNorm(1), Clip.smooth(constant(1)), Clip.byValue(0.1))) {
      double once = clipper.decide(GradientsFixture.of(large), ClipStep.of(0)).record().normAfter();
      double parts =
          clipper.decide(GradientsFixture.of(small), ClipStep.of(0)).record().normAfter();
      assertThat(parts / once).isCloseTo(1, within(1e-9));
    }
  }

  @Test
  void quantileTrackingSettlesWhereThatShareIsNotClipped() {
    GradientClipper clipper = Clip.quantile(0.8, 0.02, 1, 1e-8, 1e8);
    int clipped = 0;
    for (int step = 0; step < 4000; step++) {
      clipped +=
          clipper.decide(gradients(step, 3, 1), ClipStep.of(step)).record().clipped()
                  && step >= 2000
              ? 1
              : 0;
    }
    assertThat(clipped / 2000.0).isCloseTo(0.2, within(0.04));
  }

  @Test
  void aSpikeInZClipsWarmUpDoesNotBlindIt() {
    GradientClipper clipper = Clip.zClip();
    for (int step = 0; step < 25; step++) {
      float norm = step == 7 ? 1000 : 1 + 0.1f * (step % 3);
      clipper.decide(GradientsFixture.of(new float[] {norm}), ClipStep.of(step));
    }
    ClipRecord record =
        clipper.decide(GradientsFixture.of(new float[] {3}), ClipStep.of(25)).record();
    assertThat(record.clipped()).isTrue();
    assertThat(record.normAfter()).isBetween(1.0, 1.4);
  }

  @Test
  void medianClipsNothingBeforeTheTenthNorm() {
    GradientClipper clipper = Clip.median();
    for (int step = 0; step < 10; step++) {
      ClipRecord record =
          clipper.decide(GradientsFixture.of(new float[] {1}), ClipStep.of(step)).record();
      assertThat(record.threshold()).isEqualTo(step < 9 ? Double.POSITIVE_INFINITY : 4);
    }
  }

  @Test
  void thresholdsFollowTheLearningRateWhenTied() {
    ThresholdSchedule tied = ThresholdSchedule.tiedToLearningRate(constant(0.5));
    assertThat(tied.at(new ClipStep(0, 0.1, 0.1))).isEqualTo(0.5);
    assertThat(tied.at(new ClipStep(0, 0.01, 0.1))).isCloseTo(5, within(1e-12));
    assertThat(tied.at(new ClipStep(0, 0, 0.1))).isEqualTo(Double.MAX_VALUE);
  }

  @Test
  void settingsThatMeanNothingAreRejected() {
    for (double percentile : new double[] {0, 100, -1, Double.NaN}) {
      assertThatThrownBy(() -> Clip.autoClip(percentile, 10))
          .hasMessage(
              "clip percentile must lie between 0 and 100, got %s; to switch clipping off use Clip.none()"
                  .formatted(percentile));
    }
    assertThatThrownBy(() -> Clip.autoClip(10, 0))
        .hasMessage("clip window must be at least 1, got 0");
    assertThatThrownBy(() -> Clip.median(0, 10))
        .hasMessageStartingWith("clip factor of the median must be finite and > 0, got 0.0");
    assertThatThrownBy(() -> Clip.zClip(1, 2.5, 25, 1, 0))
        .hasMessage("clip decay must lie between 0.0 and 1.0, got 1.0");
    assertThatThrownBy(() -> Clip.zClip(0.9, 2.5, 25, 0, 0))
        .hasMessageStartingWith("clip cap must");
    assertThatThrownBy(() -> Clip.quantile(0.5, 0.2, 1, 0, 1))
        .hasMessageStartingWith("least clip threshold must be finite and > 0, got 0.0");
    assertThatThrownBy(() -> Clip.agc(constant(0.01), 0, false))
        .hasMessageStartingWith("clip epsilon must be finite and > 0");
    assertThatThrownBy(() -> NormOrder.of(0.5))
        .hasMessage("the order of a norm must be >= 1, or inf, got 0.5");
  }

  /** optax, optax/transforms/_clipping_test.py: bounds 1/1 … 1/50. */
  @Test
  void optaxByBlockRms() {
    for (int i = 1; i <= 50; i++) {
      Gradients clipped =
          GradientsFixture.clip(
              GradientsFixture.of(new float[] {500, 5}, new float[] {300, 3}),
              Clip.byBlockRms(constant(1.0 / i)));
      for (int t = 0; t < 2; t++) {
        double rms =
            GradientsFixture.norm(NormOrder.L2, GradientsFixture.floats(clipped, t)) / Math.sqrt(2);
        assertThat(rms).isCloseTo(1.0 / i, within(1e-6));
      }
    }
  }

  /** The same file: gradients of 3, weights of 1, λ 0.5, and of 0.1 with λ 2. */
  @Test
  void optaxAdaptiveGradientClipping() {
    ParameterInfo info = info("dense.weight", 1, 5, 6);
    MemorySegment weight = MemorySegment.ofArray(TestFloats.filled(30, 1));
    Gradients large =
        Gradients.of(
            List.of(
                new Gradients.Entry(
                    info, MemorySegment.ofArray(TestFloats.filled(30, 3)), weight)));
    large.apply(Clip.agc(constant(0.5), 1e-3, false).decide(large, ClipStep.of(0)));
    assertThat(large.get(0).data().toArray(Tensor.LE_FLOAT))
        .containsOnly(new float[] {0.5f}, within(1e-6f));
    Gradients small =
        Gradients.of(
            List.of(
                new Gradients.Entry(
                    info, MemorySegment.ofArray(TestFloats.filled(30, 0.1f)), weight)));
    assertThat(Clip.agc(constant(2), 1e-3, false).decide(small, ClipStep.of(0)))
        .isInstanceOf(ClipDecision.Keep.class);
  }
}
