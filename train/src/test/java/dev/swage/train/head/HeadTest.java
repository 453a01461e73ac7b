package dev.swage.train.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.ModelChecker;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.layer.Network;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A head of another size, in the place of the old one or behind an encoder. */
final class HeadTest {
  private static Tensor run(OnnxModel model, Tensor... inputs) {
    ModelChecker.checkStructure(model);
    try (ModelSession session =
        ModelSession.open("head", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      return session.run(List.of(inputs)).getFirst();
    }
  }

  private static Tensor weight(OnnxModel model) {
    return Objects.requireNonNull(model.graph().initializers().get("head.weight"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "softmax", "sigmoid"})
  void the_last_layer_is_replaced_and_what_is_behind_it_stays(String ending) {
    Network network = Network.input("x", 3).dense(5).relu().dense(4);
    OnnxModel model =
        switch (ending) {
          case "softmax" -> network.softmax().seed(2).build();
          case "sigmoid" -> network.sigmoid().seed(2).build();
          default -> network.seed(2).build();
        };
    OnnxModel changed = Head.replace(model.withMetadata("swage.classes", "[\"a\"]"), 7, 3);
    assertThat(weight(changed).shape()).isEqualTo(Shape.of(5, 7));
    assertThat(changed.graph().initializers())
        .containsKeys("head.bias", "dense1.weight")
        .doesNotContainKeys("dense2.weight", "dense2.bias");
    assertThat(changed.metadata()).doesNotContainKey("swage.classes");
    assertThat(changed.graph().nodes().getLast().opType())
        .isEqualTo(model.graph().nodes().getLast().opType());
    Tensor output = run(changed, Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6));
    assertThat(output.shape()).isEqualTo(Shape.of(2, 7));
    assertThat(weight(Head.replace(model, 7, 3)).toFloats())
        .isEqualTo(weight(changed).toFloats())
        .isNotEqualTo(weight(Head.replace(model, 7, 4)).toFloats());
  }

  /** Fresh outputs that a Relu makes 0 for all samples would never be trained. */
  @ParameterizedTest
  @ValueSource(strings = {"Softmax", "LogSoftmax"})
  void a_relu_before_a_softmax_goes_with_the_layer(String softmax) {
    OnnxModel net = Network.input("x", 3).dense(5).relu().dense(4).relu().seed(2).build();
    Graph graph = net.graph();
    String scores = graph.outputs().getFirst().name();
    OnnxModel model =
        net.withGraph(
            graph.toBuilder()
                .node(
                    Node.of("last", softmax, List.of(scores), "y").with("axis", Attribute.of(-1L)))
                .outputs(List.of(ValueInfo.batched("y", DType.FLOAT32, 4)))
                .build());
    OnnxModel changed = Head.replace(model, 7);
    assertThat(changed.graph().nodes().stream().map(Node::opType))
        .containsExactly("MatMul", "Add", "Relu", "MatMul", "Add", softmax);
    assertThat(changed.graph().initializers()).doesNotContainKeys("dense2.weight", "dense2.bias");
    assertThat(run(changed, Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6)).shape())
        .isEqualTo(Shape.of(2, 7));
  }

  /** A Relu that ends an extractor of features is what the head reads. */
  @Test
  void features_behind_a_relu_stay() {
    OnnxModel features = Network.input("x", 3).dense(5).relu().seed(2).build();
    OnnxModel changed = Head.replace(features, 7);
    assertThat(weight(changed).shape()).isEqualTo(Shape.of(5, 7));
    assertThat(changed.graph().initializers()).containsKey("dense1.weight");
  }

  @Test
  void a_head_that_no_array_holds_is_refused() {
    OnnxModel model = Network.input("x", 3).dense(5).seed(2).build();
    assertThatThrownBy(() -> Head.replace(model, Integer.MAX_VALUE))
        .isInstanceOf(OnnxException.class)
        .hasMessage(
            "a head of 2147483647 outputs on 3 values has more weights than an array can hold; at"
                + " most 715827879 outputs fit");
  }

  /** Gemm with its weight the other way round, and a Reshape that names the old outputs. */
  @Test
  void a_gemm_and_the_shape_behind_it() {
    Graph graph =
        Graph.builder("gemm")
            .input(ValueInfo.batched("x", DType.FLOAT32, 3))
            .output(ValueInfo.batched("y", DType.FLOAT32, 2))
            .initializer("w", Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6))
            .initializer("b", Tensor.ofFloats(Shape.of(2), 1, 2))
            .initializer("shape", Tensor.ofLongs(Shape.of(2), -1, 2))
            .node(
                Node.of("gemm", "Gemm", List.of("x", "w", "b"), "z")
                    .with("transB", Attribute.of(1L)))
            .node(Node.of("reshape", "Reshape", List.of("z", "shape"), "r"))
            .node(Node.of("logs", "LogSoftmax", List.of("r"), "y"))
            .build();
    OnnxModel changed = Head.replace(OnnxModel.of(graph), 6);
    assertThat(weight(changed).shape()).isEqualTo(Shape.of(3, 6));
    assertThat(run(changed, Tensor.ofFloats(Shape.of(1, 3), 1, 2, 3)).shape())
        .isEqualTo(Shape.of(1, 6));
    assertThat(changed.graph().outputs().getFirst().dims().orElseThrow().getLast())
        .hasToString("6");
  }

  /** An encoder that looks tokens up and says nothing more. */
  private static OnnxModel encoder(boolean mask, long opset) {
    Graph.Builder graph =
        Graph.builder("encoder")
            .input(tokens("ids"))
            .initializer("table", Tensor.ofFloats(Shape.of(9, 4), TestFloats.gaussian(36, 1, 8)))
            .node(Node.of("look", "Gather", List.of("table", "ids"), "states"));
    if (mask) {
      graph.input(tokens("attention_mask"));
    }
    List<ValueInfo.Dim> dims =
        List.of(
            new ValueInfo.Dim.Symbolic("n"),
            new ValueInfo.Dim.Symbolic("steps"),
            new ValueInfo.Dim.Fixed(4));
    graph.output(new ValueInfo("states", Optional.of(DType.FLOAT32), Optional.of(dims)));
    return OnnxModel.of(graph.build()).withOpset("", opset);
  }

  private static ValueInfo tokens(String name) {
    List<ValueInfo.Dim> dims =
        List.of(new ValueInfo.Dim.Symbolic("n"), new ValueInfo.Dim.Symbolic("steps"));
    return new ValueInfo(name, Optional.of(DType.INT64), Optional.of(dims));
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 14, 21})
  void an_encoder_is_averaged_over_the_steps_of_its_mask(long opset) {
    OnnxModel changed = Head.replace(encoder(true, opset), 2, 1);
    Tensor ids = Tensor.ofLongs(Shape.of(2, 3), 1, 2, 3, 4, 5, 0);
    Tensor mask = Tensor.ofLongs(Shape.of(2, 3), 1, 1, 1, 1, 1, 0);
    float[] logits = run(changed, ids, mask).toFloats();
    long[][] kept = {{1, 2, 3}, {4, 5}};
    float[] table = Objects.requireNonNull(changed.graph().initializers().get("table")).toFloats();
    for (int sample = 0; sample < 2; sample++) {
      for (int output = 0; output < 2; output++) {
        double expected = 0;
        for (int i = 0; i < 4; i++) {
          double mean = 0;
          for (long id : kept[sample]) {
            mean += table[(int) id * 4 + i] / kept[sample].length;
          }
          expected += mean * weight(changed).getFloat(i * 2L + output);
        }
        assertThat((double) logits[sample * 2 + output]).isCloseTo(expected, within(1e-5));
      }
    }
    assertThat(changed.graph().outputs()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 21})
  void without_a_mask_over_all_steps(long opset) {
    OnnxModel changed = Head.replace(encoder(false, opset), 3);
    assertThat(run(changed, Tensor.ofLongs(Shape.of(2, 2), 1, 2, 3, 4)).shape())
        .isEqualTo(Shape.of(2, 3));
  }

  @Test
  void an_image_over_its_places() {
    OnnxModel features = Network.input("x", 1, 6, 6).conv2d(5, 3).relu().seed(1).build();
    OnnxModel changed = Head.replace(features, 3);
    assertThat(weight(changed).shape()).isEqualTo(Shape.of(5, 3));
    assertThat(run(changed, Tensor.ofFloats(Shape.of(1, 1, 6, 6), new float[36])).shape())
        .isEqualTo(Shape.of(1, 3));
  }

  @Test
  void an_output_of_unknown_width_is_named() {
    Graph graph = encoder(false, 21).graph();
    Graph unknown =
        graph.toBuilder()
            .outputs(List.of(new ValueInfo("states", Optional.of(DType.FLOAT32), Optional.empty())))
            .build();
    assertThatThrownBy(() -> Head.replace(OnnxModel.of(unknown), 2))
        .isInstanceOf(OnnxException.class)
        .hasMessageContaining("output 'states' is of unknown shape");
  }
}
