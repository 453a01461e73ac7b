package dev.swage.run.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.DataSource;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.layer.Network;
import dev.swage.run.OutputKind;
import dev.swage.run.RunException;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  private static final ComparisonOptions FEW = ComparisonOptions.defaults().withLatencyRuns(1, 3);

  @TempDir private Path folder;

  private static OnnxModel net(int hidden) {
    return Network.input("point", 2).dense(hidden).relu().dense(1).sigmoid().seed(4).build();
  }

  private static DataSource moons() {
    return DataSource.open("moons:?n=100&seed=2");
  }

  private Path written(String name, OnnxModel model) {
    Path path = folder.resolve(name);
    OnnxWriter.write(model, path);
    return path;
  }

  /** The network with every weight of its first layer doubled. */
  private static OnnxModel doubled(OnnxModel model) {
    return scaled(model, 2);
  }

  private static OnnxModel scaled(OnnxModel model, float factor) {
    Tensor weight = model.graph().initializers().get("dense1.weight");
    float[] values = weight.toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
    return model.withGraph(
        model.graph().toBuilder()
            .initializer("dense1.weight", Tensor.ofFloats(weight.shape(), values))
            .build());
  }

  @Test
  void aModelAgreesWithItself() {
    Path file = written("a.onnx", net(10));
    Comparison comparison = Comparison.of(file, file, moons(), FEW);
    assertThat(comparison.samples()).isEqualTo(100);
    assertThat(comparison.agreement()).hasValue(1);
    assertThat(comparison.sqnrDb()).isInfinite().isPositive();
    assertThat(comparison.maxAbsDiff()).isZero();
    assertThat(comparison.sizeRatio()).isEqualTo(1);
    assertThat(comparison.reference().bytes()).isEqualTo(file.toFile().length());
    assertThat(comparison.candidate().evaluation()).isEqualTo(comparison.reference().evaluation());
    assertThat(comparison.speedup()).isPositive();
    assertThat(comparison.layers())
        .isNotEmpty()
        .allSatisfy(layer -> assertThat(layer.sqnrDb()).isInfinite());
  }

  @Test
  void outputsThatAreNoNumbersAreAnErrorWithAndWithoutTargets() {
    Path a = written("a.onnx", net(10));
    Path b = written("b.onnx", scaled(net(10), Float.NaN));
    for (DataSource data : List.of(moons(), DataSource.open("random:1x2?n=5"))) {
      assertThatThrownBy(() -> Comparison.of(a, b, data, FEW))
          .isInstanceOf(RunException.class)
          .hasMessage("%s: output is NaN for sample 0 of %s".formatted(b, data.name()));
    }
  }

  @Test
  void layersTellWhereTheModelsPart() {
    Path a = written("a.onnx", net(10));
    Path b = written("b.onnx", doubled(net(10)));
    Comparison comparison = Comparison.of(a, b, moons(), FEW);
    LayerError first = comparison.layers().getFirst();
    assertThat(first.operator()).isEqualTo("MatMul");
    // Twice the signal is a difference as large as the signal: 0 dB.
    assertThat(first.sqnrDb()).isCloseTo(0, within(1e-9));
    assertThat(comparison.sqnrDb()).isFinite();
    assertThat(comparison.maxAbsDiff()).isPositive();
  }

  @Test
  void layersCanBeLeftOut() {
    Path file = written("a.onnx", net(10));
    assertThat(Comparison.of(file, file, moons(), FEW.withLayerSamples(0)).layers()).isEmpty();
  }

  @Test
  void layersOfOtherShapesAreAnError() {
    Path a = written("a.onnx", net(10));
    Path b = written("b.onnx", net(12));
    assertThatThrownBy(() -> Comparison.of(a, b, moons(), FEW))
        .isInstanceOf(RunException.class)
        .hasMessageStartingWith(a + ": value ")
        .hasMessageEndingWith(" has shape [64, 10] here and [64, 12] in the other model");
  }

  @Test
  void decibelsAreTenPerFactorOfTenInPower() {
    SignalToNoise error = new SignalToNoise();
    assertThat(error.compared()).isFalse();
    error.add(Tensor.ofFloats(Shape.of(2), 10, -10), Tensor.ofFloats(Shape.of(2), 11, -9));
    assertThat(error.decibels()).isCloseTo(20, within(1e-9));
    assertThat(error.maxAbsDiff()).isEqualTo(1);
    assertThat(error.maxAbs()).isEqualTo(10);
    error.add(Tensor.ofFloats(Shape.of(), 1), Tensor.ofFloats(Shape.of(), Float.NaN));
    assertThat(error.maxAbsDiff()).isNaN();
  }

  @Test
  void outputKindsAreReadOffTheLastOperator() {
    assertThat(OutputKind.of(net(3).graph())).isEqualTo(OutputKind.PROBABILITIES);
    assertThat(OutputKind.of(Network.input("x", 2).dense(3).build().graph()))
        .isEqualTo(OutputKind.LOGITS);
    assertThat(OutputKind.of(Network.input("x", 2).dense(3).logSoftmax().build().graph()))
        .isEqualTo(OutputKind.LOG_PROBABILITIES);
    assertThat(OutputKind.of(Network.input("x", 2).dense(3).tanh().build().graph()))
        .isEqualTo(OutputKind.UNKNOWN);
    assertThat(List.of(OutputKind.LOGITS.threshold(), OutputKind.UNKNOWN.threshold()))
        .containsExactly(0.0, 0.5);
  }
}
