package dev.swage.compress.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data on which no range can be found. */
class ConstantDataTest {
  /** Samples of several inputs, {@code [n, …]} each. */
  private record Stacked(List<Tensor> inputs) implements DataSource {
    @Override
    public String name() {
      return "stacked";
    }

    @Override
    public int size() {
      return (int) inputs.getFirst().shape().dim(0);
    }

    @Override
    public List<Shape> inputShapes() {
      return inputs.stream().map(tensor -> withRows(tensor.shape(), -1)).toList();
    }

    private static Shape withRows(Shape shape, long rows) {
      long[] dims = shape.toArray();
      long[] sample = Arrays.copyOfRange(dims, 1, dims.length);
      if (rows < 0) {
        return Shape.of(sample);
      }
      dims[0] = rows;
      return Shape.of(dims);
    }

    @Override
    public OptionalInt classes() {
      return OptionalInt.empty();
    }

    @Override
    public Batch batch(int... indices) {
      List<Tensor> rows = new ArrayList<>();
      for (Tensor tensor : inputs) {
        int size = (int) tensor.shape().inner(0);
        float[] values = new float[indices.length * size];
        for (int i = 0; i < values.length; i++) {
          values[i] = tensor.getFloat((long) indices[i / size] * size + i % size);
        }
        rows.add(Tensor.ofFloats(withRows(tensor.shape(), indices.length), values));
      }
      return new Batch(rows, Optional.empty());
    }
  }

  private static OnnxModel model(int inputs) {
    Graph.Builder graph = Graph.builder("net");
    List<String> names = new ArrayList<>();
    for (int i = 0; i < inputs; i++) {
      names.add("x" + i);
      graph.input(ValueInfo.batched("x" + i, DType.FLOAT32, 4));
    }
    return OnnxModel.of(
        graph
            .node(Node.of("sum", "Sum", names, "s"))
            .node(Node.of("act", "Relu", List.of("s"), "y"))
            .output(ValueInfo.batched("y", DType.FLOAT32, 4))
            .build());
  }

  private static Tensor full(int rows, float value) {
    float[] values = new float[rows * 4];
    Arrays.fill(values, value);
    return Tensor.ofFloats(Shape.of(rows, 4), values);
  }

  private static Tensor varied(int rows) {
    return Tensor.ofFloats(Shape.of(rows, 4), TestFloats.gaussian(rows * 4, 1, rows));
  }

  private static List<String> warnings(OnnxModel model, Tensor... inputs) {
    List<String> warnings = new ArrayList<>();
    CalibrationListener listener =
        new CalibrationListener() {
          @Override
          public void warned(String message) {
            warnings.add(message);
          }
        };
    for (int batch : new int[] {1, 3}) {
      new Calibrator(CalibrationOptions.defaults().withBatchSize(batch), listener)
          .observe("net", model, "0".repeat(64), new Stacked(List.of(inputs)));
    }
    assertThat(warnings.stream().distinct().count()).as("at every batch size").isLessThan(2);
    assertThat(warnings.size() % 2).isZero();
    return warnings.stream().distinct().toList();
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 1, -3.5f})
  void dataThatNeverVaryAreRefused(float value) {
    assertThatThrownBy(() -> warnings(model(1), full(5, value)))
        .isInstanceOf(CalibrationException.class)
        .hasMessage(
            "stacked: input 'x0' is %s in all 5 samples: no range can be found on data that never vary; calibrate on samples as the model meets them in use"
                .formatted(Float.toString(value)));
    assertThatThrownBy(() -> warnings(model(2), full(5, value), full(5, 0)))
        .isInstanceOf(CalibrationException.class)
        .hasMessageStartingWith(
            "stacked: input 'x0' is %s, input 'x1' is 0.0 in all 5 samples"
                .formatted(Float.toString(value)));
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 2})
  void anInputThatNeverVariesIsNamed(float value) {
    assertThat(warnings(model(2), varied(5), full(5, value)))
        .containsExactly(
            "stacked: input 'x1' is %s in all 5 samples: ranges of what depends on it alone cannot be trusted"
                .formatted(Float.toString(value)));
  }

  @Test
  void oneSampleManyTimesIsTold() {
    float[] sample = TestFloats.gaussian(4, 1, 2);
    float[] values = new float[24];
    for (int i = 0; i < values.length; i++) {
      values[i] = sample[i % 4];
    }
    assertThat(warnings(model(1), Tensor.ofFloats(Shape.of(6, 4), values)))
        .containsExactly("stacked: all 6 samples are the same: ranges are those of one sample");
  }

  @Test
  void ofDataThatVaryNothingIsSaid() {
    assertThat(warnings(model(1), varied(1))).isEmpty();
    assertThat(warnings(model(2), varied(7), varied(7))).isEmpty();
  }
}
