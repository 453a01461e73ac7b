package dev.swage.onnx.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.onnx.CarriedStates;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class RecurrentTest {
  private static Node node(Graph graph, String name) {
    return graph.nodes().stream().filter(n -> n.name().equals(name)).findFirst().orElseThrow();
  }

  private static Tensor weight(OnnxModel model, String name) {
    return java.util.Objects.requireNonNull(model.graph().initializers().get(name));
  }

  @Test
  void aSequenceGoesInAndComesOutBatchFirst() {
    Network network = Network.input("x", 9, 5).lstm(4);
    Graph graph = network.build().graph();

    assertThat(network.shape()).isEqualTo(Shape.of(9, 4));
    assertThat(graph.nodes().stream().map(Node::opType))
        .containsExactly("Transpose", "LSTM", "Transpose", "Reshape");
    assertThat(node(graph, "lstm1").inputs())
        .containsExactly(
            "lstm1.stepsfirst.output", "lstm1.weight", "lstm1.recurrent", "lstm1.bias");
    assertThat(node(graph, "lstm1").intAttribute("hidden_size", 0)).isEqualTo(4);
    assertThat(graph.initializers().get("lstm1.weight"))
        .extracting(Tensor::shape)
        .isEqualTo(Shape.of(1, 16, 5));
    assertThat(graph.initializers().get("lstm1.recurrent"))
        .extracting(Tensor::shape)
        .isEqualTo(Shape.of(1, 16, 4));
  }

  @Test
  void bothDirectionsStandSideBySide() {
    Network all = Network.input("x", 9, 5).recurrent(Recurrent.gru(4).inBothDirections());
    assertThat(all.shape()).isEqualTo(Shape.of(9, 8));
    assertThat(node(all.build().graph(), "gru1").intAttribute("linear_before_reset", 0))
        .isEqualTo(1);
    Network last = Network.input("x", 9, 5).recurrent(Recurrent.rnn(4).inBothDirections().last());
    assertThat(last.shape()).isEqualTo(Shape.of(8));
  }

  @Test
  void theForgetGateBeginsOpen() {
    OnnxModel model = Network.input("x", 9, 5).recurrent(Recurrent.lstm(2).forgetBias(1.5)).build();
    assertThat(weight(model, "lstm1.bias").toFloats())
        .containsExactly(0, 0, 0, 0, 1.5f, 1.5f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  @Test
  void recurrentGatesAreOrthogonalAndSeeded() {
    OnnxModel model = Network.input("x", 3, 5).lstm(6).seed(4).build();
    float[] r = weight(model, "lstm1.recurrent").toFloats();
    for (int gate = 0; gate < 4; gate++) {
      for (int a = 0; a < 6; a++) {
        for (int b = 0; b < 6; b++) {
          double dot = 0;
          for (int k = 0; k < 6; k++) {
            dot += (double) r[(gate * 6 + a) * 6 + k] * r[(gate * 6 + b) * 6 + k];
          }
          assertThat(dot).isCloseTo(a == b ? 1 : 0, within(1e-6));
        }
      }
    }
    float[] again =
        weight(Network.input("x", 3, 5).lstm(6).seed(4).build(), "lstm1.recurrent").toFloats();
    float[] other =
        weight(Network.input("x", 3, 5).lstm(6).seed(5).build(), "lstm1.recurrent").toFloats();
    assertThat(again).isEqualTo(r);
    assertThat(other).isNotEqualTo(r);
  }

  @Test
  void sparseMatricesHaveTheirNonZerosAndRadius() {
    OnnxModel model =
        Network.input("x", 3, 5)
            .recurrent(Recurrent.rnn(50).recurrentInit(WeightInit.sparse(15, 0.95)))
            .seed(4)
            .build();
    float[] r = weight(model, "rnn1.recurrent").toFloats();
    double[][] matrix = new double[50][50];
    for (int i = 0; i < 50; i++) {
      int nonZeros = 0;
      for (int j = 0; j < 50; j++) {
        matrix[i][j] = r[i * 50 + j];
        nonZeros += r[i * 50 + j] == 0 ? 0 : 1;
      }
      assertThat(nonZeros).isEqualTo(15);
    }
    assertThat(MatrixDraws.spectralRadius(matrix, RandomGenerator.of("L64X128MixRandom")))
        .isCloseTo(0.95, within(0.005));
  }

  @Test
  void aRotationHasItsRadiusThoughItsEigenvaluesAreComplex() {
    double[][] rotation = {{0.6, -0.8}, {0.8, 0.6}};
    for (double[] row : rotation) {
      row[0] *= 3;
      row[1] *= 3;
    }
    assertThat(MatrixDraws.spectralRadius(rotation, RandomGenerator.of("L64X128MixRandom")))
        .isCloseTo(3, within(1e-9));
  }

  @Test
  void normalAndUniformKeepTheirSizes() {
    OnnxModel normal =
        Network.input("x", 3, 50)
            .recurrent(
                Recurrent.rnn(50)
                    .init(WeightInit.uniform(0.2))
                    .recurrentInit(WeightInit.normal(0.1)))
            .build();
    double squares = 0;
    for (float value : weight(normal, "rnn1.recurrent").toFloats()) {
      squares += value * value;
    }
    assertThat(Math.sqrt(squares / 2500)).isCloseTo(0.1, within(0.01));
    for (float value : weight(normal, "rnn1.weight").toFloats()) {
      assertThat(value).isBetween(-0.2f, 0.2f);
    }
  }

  @Test
  void carriedStatesAreInputsAndOutputsOfTheGraph() {
    OnnxModel model =
        Network.tokens("x", 8).embedding(10, 4).carryStates().lstm(6).gru(5).dense(10).build();
    assertThat(model.graph().inputs().toString())
        .isEqualTo(
            "[ValueInfo[name=x, dtype=Optional[INT64], dims=Optional[[batch, steps]]], "
                + "ValueInfo[name=lstm1.initial_h, dtype=Optional[FLOAT32], dims=Optional[[1, batch, 6]]], "
                + "ValueInfo[name=lstm1.initial_c, dtype=Optional[FLOAT32], dims=Optional[[1, batch, 6]]], "
                + "ValueInfo[name=gru1.initial_h, dtype=Optional[FLOAT32], dims=Optional[[1, batch, 5]]]]");
    assertThat(model.graph().outputs().stream().map(o -> o.name()))
        .containsExactly("output", "lstm1.final_h", "lstm1.final_c", "gru1.final_h");
    CarriedStates states = CarriedStates.of(model);
    assertThat(states.outputs())
        .containsEntry("lstm1.initial_h", "lstm1.final_h")
        .containsEntry("lstm1.initial_c", "lstm1.final_c")
        .containsEntry("gru1.initial_h", "gru1.final_h")
        .hasSize(3);
    assertThat(states.dataFeeds(model.graph())).hasSize(1);
  }

  @Test
  void whatDoesNotFitIsSaidInOneLine() {
    assertThatThrownBy(() -> Network.input("x", 5).lstm(4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lstm1: needs [steps, features], got [5]");
    assertThatThrownBy(() -> Recurrent.gru(0)).hasMessage("hidden must be at least 1, got 0");
    Network carrying = Network.input("x", 5, 2).carryStates();
    Recurrent both = Recurrent.rnn(4).inBothDirections();
    assertThatThrownBy(() -> carrying.recurrent(both))
        .hasMessage(
            "rnn1: a layer that also reads from the end cannot carry its state on; make it one-directional");
    assertThatThrownBy(() -> WeightInit.sparse(15, 0))
        .hasMessage("spectral radius must be positive, got 0.0");
    assertThat(List.of(Recurrent.Kind.values())).hasSize(4);
  }
}
