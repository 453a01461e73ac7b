package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ActivationSessionTest {
  private static final List<String> VALUES = List.of("x", "positive", "y", "picked");
  private static final DataSource DATA = DataSource.open("random:1x4");

  /** {@code y = relu(x)²}, and the elements of y that are not 0, however many there are. */
  private static OnnxModel model() {
    ValueInfo.Dim rows = new ValueInfo.Dim.Symbolic("rows");
    Optional<List<ValueInfo.Dim>> dims = Optional.of(List.of(rows, new ValueInfo.Dim.Fixed(4)));
    return OnnxModel.of(
        Graph.builder("squares")
            .input(new ValueInfo("x", Optional.of(DType.FLOAT32), dims))
            .node(Node.of("relu", "Relu", List.of("x"), "positive"))
            .node(Node.of("square", "Mul", List.of("positive", "positive"), "y"))
            .initializer("zero", Tensor.ofFloats(Shape.of(), 0))
            .initializer("all", Tensor.ofLongs(Shape.of(1), -1))
            .node(Node.of("zeros", "Equal", List.of("y", "zero"), "none"))
            .node(Node.of("others", "Not", List.of("none"), "some"))
            .node(Node.of("flatten", "Reshape", List.of("some", "all"), "flat"))
            .node(Node.of("pick", "Compress", List.of("y", "flat"), "picked"))
            .output(new ValueInfo("y", Optional.of(DType.FLOAT32), dims))
            .build());
  }

  private static Tensor rows(int count, long seed) {
    return Tensor.ofFloats(Shape.of(count, 4), TestFloats.gaussian(4 * count, 1, seed));
  }

  private static Map<String, float[]> run(ActivationRunner runner, Tensor input) {
    Map<String, float[]> values = new LinkedHashMap<>();
    runner.run(List.of(input), (name, value) -> values.put(name, value.toFloats()));
    return values;
  }

  private static void check(Map<String, float[]> values, Tensor input) {
    float[] x = input.toFloats();
    assertThat(values.get("x")).containsExactly(x);
    int picked = 0;
    for (int i = 0; i < x.length; i++) {
      float positive = Math.max(0, x[i]);
      assertThat(values.get("positive")[i]).isEqualTo(positive);
      assertThat(values.get("y")[i]).isEqualTo(positive * positive);
      if (positive > 0 && values.containsKey("picked")) {
        assertThat(values.get("picked")[picked++]).isEqualTo(positive * positive);
      }
    }
  }

  @Test
  void buffersAreUsedAgainForInputsOfTheSameShape() {
    List<String> values = List.of("x", "positive", "y");
    try (ActivationSession session =
            ActivationSession.open("m", model(), values, SessionOptions.defaults());
        ActivationRunner runner = session.runner(DATA)) {
      int[] sizes = {3, 3, 3, 5, 5, 2, 2, 3, 3};
      for (int i = 0; i < sizes.length; i++) {
        Tensor input = rows(sizes[i], i);
        check(run(runner, input), input);
      }
      assertThat(runner.reusesBuffers()).isTrue();
    }
  }

  /** New arrays for every value would fill the heap's old generation with garbage. */
  @Test
  void copiesGoToOneBuffer() {
    try (ActivationSession session =
            ActivationSession.open("m", model(), VALUES, SessionOptions.defaults());
        ActivationRunner runner = session.runner(DATA)) {
      Set<Long> addresses = new HashSet<>();
      for (int rows : new int[] {9, 3, 5, 2, 8}) {
        Tensor input = rows(rows, rows);
        check(run(runner, input), input);
        runner.run(
            List.of(rows(rows - 1, rows)),
            (name, value) -> {
              if (!name.equals("x") && value.shape().elements() > 0) {
                addresses.add(value.data().address());
              }
            });
      }
      assertThat(addresses).hasSize(1);
    }
  }

  @Test
  void shapesThatDependOnValuesAreCopied() {
    try (ActivationSession session =
            ActivationSession.open("m", model(), VALUES, SessionOptions.defaults());
        ActivationRunner runner = session.runner(DATA)) {
      for (int i = 0; i < 8; i++) {
        Tensor input = rows(3, i);
        check(run(runner, input), input);
      }
      assertThat(runner.reusesBuffers()).isFalse();
    }
  }

  @Test
  void shapesAreThoseOfTheValues() {
    assertThat(
            ActivationSession.shapes(
                "m",
                model(),
                List.of("x", "positive", "y"),
                List.of(rows(7, 1)),
                SessionOptions.defaults()))
        .containsOnly(Shape.of(7, 4));
  }
}
