package dev.swage.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Codes that change again and again: how they are found, frozen and damped. */
final class CodeOscillationsTest {
  private static final QuantScheme SCHEME = QuantScheme.symmetric(4, Granularity.perTensor());

  private static MemorySegment memory(float... values) {
    MemorySegment memory = HeapMemory.allocate(values.length * 4L);
    MemorySegment.copy(values, 0, memory, Tensor.LE_FLOAT, 0, values.length);
    return memory;
  }

  private static void set(MemorySegment memory, float... values) {
    MemorySegment.copy(values, 0, memory, Tensor.LE_FLOAT, 0, values.length);
  }

  private static QuantParams scale(float scale) {
    return new QuantParams(Shape.of(), new float[] {scale}, new int[] {0});
  }

  private static float[] frequencies(CodeOscillations oscillations) {
    return Objects.requireNonNull(oscillations.state().get("frequency")).toArray(Tensor.LE_FLOAT);
  }

  /** One goes up at each step, one up and down, one stays, one changes its direction once. */
  @Test
  void only_a_change_in_the_other_direction_is_an_oscillation() {
    CodeOscillations oscillations = new CodeOscillations(Shape.of(4), SCHEME);
    MemorySegment weight = memory(0, 0, 0.2f, 0);
    oscillations.begin(weight, scale(1));
    float[][] steps = {
      {1, 0.6f, 0.1f, 1}, {2, 0.4f, 0.3f, 1}, {3, 0.6f, 0.2f, 2}, {4, 0.4f, 0.2f, 1}
    };
    for (float[] step : steps) {
      set(weight, step);
      assertThat(oscillations.follow(weight, scale(1), 0.9)).isZero();
      assertThat(weight.toArray(Tensor.LE_FLOAT)).containsExactly(step);
    }
    double kept = 0.99;
    float[] frequencies = frequencies(oscillations);
    assertThat(frequencies[0]).isZero();
    assertThat((double) frequencies[1]).isCloseTo(0.01 * (1 + kept + kept * kept), within(1e-8));
    assertThat(frequencies[2]).isZero();
    assertThat((double) frequencies[3]).isCloseTo(0.01, within(1e-8));
  }

  @Test
  void what_oscillates_too_often_stays_at_its_mean_code_and_follows_the_scale() {
    CodeOscillations oscillations = new CodeOscillations(Shape.of(2), SCHEME);
    MemorySegment weight = memory(2.6f, 1);
    oscillations.begin(weight, scale(1)); // codes 3 and 1
    for (int i = 0; i < 3; i++) {
      set(weight, i % 2 == 0 ? 2.4f : 2.6f, 1);
      long frozen = oscillations.follow(weight, scale(1), 0.015);
      assertThat(frozen).isEqualTo(i < 2 ? 0 : 1);
    }
    assertThat(weight.toArray(Tensor.LE_FLOAT)).containsExactly(3, 1);
    set(weight, -7, -2);
    assertThat(oscillations.follow(weight, scale(0.3f), 0.015)).isEqualTo(1);
    assertThat(weight.toArray(Tensor.LE_FLOAT)).containsExactly(3 * 0.3f, -2);
    MemorySegment gradient = memory(5, 6);
    oscillations.clear(gradient);
    assertThat(gradient.toArray(Tensor.LE_FLOAT)).containsExactly(0, 6);
  }

  @Test
  void wide_codes_are_refused() {
    assertThatThrownBy(() ->
            new CodeOscillations(Shape.of(2), QuantScheme.symmetric(5, Granularity.perTensor())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("codes of 5 bits change at every step: oscillations are for up to 4");
  }

  static Stream<Granularity> granularities() {
    return Stream.of(
        Granularity.perTensor(),
        Granularity.perChannel(0),
        Granularity.perChannel(1),
        Granularity.perGroup(0, 3),
        Granularity.perGroup(1, 4));
  }

  /** On every granularity: against the definition, element by element. */
  @ParameterizedTest
  @MethodSource("granularities")
  void damping_is_the_gradient_of_its_term(Granularity granularity) {
    Shape shape = Shape.of(7, 10);
    QuantScheme scheme = QuantScheme.symmetric(3, granularity);
    float[] values = TestFloats.gaussian(70, 1, 5);
    Tensor weight = Tensor.ofFloats(shape, values);
    QuantParams params =
        Quantizer.quantize(weight, scheme, RangeEstimator.meanSquaredError()).params();
    MemorySegment gradient = memory(TestFloats.gaussian(70, 1, 6));
    float[] before = gradient.toArray(Tensor.LE_FLOAT);
    new CodeDamping(shape, scheme).addGradient(weight.data(), params, 0.25, gradient);
    float[] codes = new float[70];
    MemorySegment stand = HeapMemory.allocate(280);
    FakeQuantizer.of(shape, scheme)
        .forward(weight.data(), params.scales(), params.zeroPoints(), stand);
    MemorySegment.copy(stand, Tensor.LE_FLOAT, 0, codes, 0, 70);
    MemorySegment ones = HeapMemory.allocate(280);
    MemorySegment inside = HeapMemory.allocate(280);
    for (int i = 0; i < 70; i++) {
      ones.setAtIndex(Tensor.LE_FLOAT, i, 1);
    }
    FakeQuantizer.of(shape, scheme)
        .straightThrough(weight.data(), ones, params.scales(), params.zeroPoints(), inside);
    int clipped = 0;
    for (int i = 0; i < 70; i++) {
      float in = inside.getAtIndex(Tensor.LE_FLOAT, i);
      clipped += in == 0 ? 1 : 0;
      assertThat(gradient.getAtIndex(Tensor.LE_FLOAT, i) - before[i])
          .as("element %d", i)
          .isCloseTo(in * 2 * 0.25f * (values[i] - codes[i]), within(1e-6f));
    }
    assertThat(clipped).isPositive();
  }

  /** As large as is shared among cores: the same numbers as in pieces. */
  @Test
  void large_weights_are_followed_as_small_ones() {
    int elements = 1 << 18;
    Shape shape = Shape.of(4, elements / 4);
    QuantScheme scheme = QuantScheme.symmetric(2, Granularity.perChannel(0));
    QuantParams params =
        new QuantParams(Shape.of(4), new float[] {0.5f, 0.7f, 0.9f, 1.1f}, new int[] {0, 0, 0, 0});
    CodeOscillations all = new CodeOscillations(shape, scheme);
    MemorySegment weight = memory(TestFloats.gaussian(elements, 1, 1));
    all.begin(weight, params);
    CodeOscillations row =
        new CodeOscillations(
            Shape.of(1, elements / 4), QuantScheme.symmetric(2, Granularity.perChannel(0)));
    MemorySegment part = weight.asSlice(elements, elements);
    MemorySegment copy = HeapMemory.allocate(elements).copyFrom(part);
    QuantParams own = new QuantParams(Shape.of(1), new float[] {0.7f}, new int[] {0});
    row.begin(copy, own);
    long frozen = 0;
    for (int step = 0; step < 4; step++) {
      float[] moved = TestFloats.gaussian(elements, 1, step + 2);
      set(weight, moved);
      copy.copyFrom(part);
      frozen = all.follow(weight, params, 0.015);
      row.follow(copy, own, 0.015);
      assertThat(part.mismatch(copy)).isEqualTo(-1);
    }
    assertThat(frozen).isBetween(1000L, (long) elements);
  }
}
