package dev.swage.clip;

import static dev.swage.clip.GradientsFixture.clip;
import static dev.swage.clip.GradientsFixture.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swage.tensor.Shape;
import dev.swage.testkit.SharedData;
import dev.swage.testkit.TestFloats;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Other libraries' test values as collected in a file: every one that a method here covers. */
class PublishedClipFileTest {
  private static final String FILE = "golden/known_clip_and_range_values.json";

  private JsonNode values = new ObjectMapper().nullNode();

  @BeforeEach
  void read() throws IOException {
    values = new ObjectMapper().readTree(Files.readString(SharedData.require(FILE)));
  }

  private static float[] numbers(JsonNode array) {
    float[] numbers = new float[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) array.get(i).asDouble();
    }
    return numbers;
  }

  private static Gradients gradients(JsonNode tensors) {
    return GradientsFixture.of(
        IntStream.range(0, tensors.size())
            .mapToObj(i -> numbers(tensors.get(i)))
            .toArray(float[][]::new));
  }

  @Test
  void byNorm() {
    assertThat(values.path("clip_by_norm")).isNotEmpty();
    for (JsonNode one : values.path("clip_by_norm")) {
      Gradients x = GradientsFixture.of(numbers(one.path("x")));
      GradientClipper clipper = Clip.byGlobalNorm(one.path("max_norm").asDouble());
      assertThat(floats(clip(x, clipper), 0)).containsExactly(numbers(one.path("expected")));
    }
  }

  @Test
  void byValue() {
    assertThat(values.path("clip_by_value")).isNotEmpty();
    for (JsonNode one : values.path("clip_by_value")) {
      Gradients x = GradientsFixture.of(numbers(one.path("x")));
      GradientClipper clipper = Clip.byValue(one.path("lo").asDouble(), one.path("hi").asDouble());
      assertThat(floats(clip(x, clipper), 0)).containsExactly(numbers(one.path("expected")));
    }
  }

  @Test
  void optaxByValue() {
    JsonNode optax = values.path("optax_clipping");
    assertThat(optax.path("clip")).isNotEmpty();
    for (JsonNode one : optax.path("clip")) {
      Gradients clipped =
          clip(gradients(optax.path("updates")), Clip.byValue(one.path("delta").asDouble()));
      JsonNode expected =
          one.path("expected").isTextual() ? optax.path("updates") : one.path("expected");
      for (int t = 0; t < 2; t++) {
        assertThat(floats(clipped, t)).containsExactly(numbers(expected.get(t)));
      }
    }
  }

  /** The file has these in words: bounds 1/1 … 1/50. */
  @Test
  void optaxByGlobalNormAndBlockRms() {
    JsonNode updates = values.path("optax_clipping").path("updates");
    for (int i = 1; i <= 50; i++) {
      double bound = 1.0 / i;
      Gradients scaled = clip(gradients(updates), Clip.byGlobalNorm(bound));
      assertThat(GradientsFixture.norm(NormOrder.L2, scaled)).isCloseTo(bound, within(1e-6));
      Gradients blocks =
          clip(gradients(updates), Clip.byBlockRms(ThresholdSchedule.constant(bound)));
      for (int t = 0; t < 2; t++) {
        double norm = GradientsFixture.norm(NormOrder.L2, floats(blocks, t));
        assertThat(norm / Math.sqrt(2)).isCloseTo(bound, within(1e-6));
      }
    }
  }

  /**
   * Gradients {@code ones(2,2,2,3,4)*2}: of one value, with weights of 1; units on the last axis.
   */
  @Test
  void optaxAdaptive() {
    JsonNode cases = values.path("optax_clipping").path("adaptive_grad_clip");
    assertThat(cases).isNotEmpty();
    for (JsonNode one : cases) {
      String[] words = one.path("grad").asText().split("[()*]+");
      long[] dims = List.of(words[1].split(",")).stream().mapToLong(Long::parseLong).toArray();
      float value = Float.parseFloat(words[2]);
      Shape shape = Shape.of(dims);
      ParameterInfo info =
          ParameterInfo.of("conv.weight", "conv", shape)
              .withUnits(UnitLayout.axis(shape, dims.length - 1));
      int size = (int) shape.elements();
      Gradients gradients =
          Gradients.of(
              List.of(
                  new Gradients.Entry(
                      info,
                      MemorySegment.ofArray(TestFloats.filled(size, value)),
                      MemorySegment.ofArray(TestFloats.filled(size, 1)))));
      double lambda = one.path("clipping").asDouble();
      gradients.apply(
          Clip.agc(ThresholdSchedule.constant(lambda), 1e-3, true)
              .decide(gradients, ClipStep.of(0)));
      float expected = one.has("expected") ? value : (float) lambda;
      assertThat(floats(gradients, 0)).containsOnly(new float[] {expected}, within(1e-6f));
    }
  }

  @Test
  void opacusSchedules() {
    JsonNode schedules = values.path("clip_norm_schedules");
    double initial = schedules.path("initial").asDouble();
    JsonNode exponential = schedules.path("exponential");
    assertThat(
            ThresholdSchedule.exponential(initial, exponential.path("gamma").asDouble(), 1e-9)
                .at(ClipStep.of(1)))
        .isCloseTo(exponential.path("after_1").asDouble(), within(1e-12));
    JsonNode step = schedules.path("step");
    ThresholdSchedule steps =
        ThresholdSchedule.step(
            initial, step.path("step_size").asInt(), step.path("gamma").asDouble(), 1e-9);
    assertThat(step.path("after")).isNotEmpty();
    for (int i = 0; i < step.path("after").size(); i++) {
      assertThat(steps.at(ClipStep.of(i + 1)))
          .isCloseTo(step.path("after").get(i).asDouble(), within(1e-12));
    }
  }
}
