package dev.swage.onnx.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.DType;
import dev.swage.testkit.SharedData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OperatorSchemaTest {
  @Test
  void everyLayerBuildsOperatorsOfTheTable() {
    OnnxModel model =
        Network.input("x", 4, 16, 16)
            .conv2d(8, 3)
            .batchNorm()
            .residual(body -> body.relu().leakyRelu(0.1f).elu().gelu().tanh().silu())
            .hardSwish()
            .softplus()
            .maxPool2d(2)
            .averagePool2d(2)
            .reshape(8, 9)
            .transpose(1, 0)
            .layerNorm()
            .dropout(0.1)
            .dense(4)
            .transpose(1, 0)
            .globalAveragePool()
            .flatten()
            .logSoftmax()
            .build();
    assertThatCode(() -> OperatorChecker.check(model)).doesNotThrowAnyException();
    assertThatCode(() ->
            OperatorChecker.check(
                Network.tokens("t", 3).embedding(9, 2).flatten().sigmoid().softmax().build()))
        .doesNotThrowAnyException();
  }

  /** ONNX's own tests are the specification of the table. */
  @Test
  void everyNodeOfTheConformanceTestsFitsItsSignature() throws IOException {
    Path archive = SharedData.require("conformance/onnx-backend.zip");
    List<String> misfits = new ArrayList<>();
    int[] checked = {0};
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      for (ZipEntry entry : zip.stream().filter(e -> e.getName().endsWith(".onnx")).toList()) {
        if (entry.getSize() > 1_000_000) {
          continue;
        }
        byte[] bytes = zip.getInputStream(entry).readAllBytes();
        OnnxModel model = OnnxReader.parse(bytes, entry.getName());
        if (model.opset() >= OperatorSchema.OLDEST_OPSET
            && model.opset() <= OperatorSchema.NEWEST_OPSET) {
          model.graph().walk(graph -> check(graph, model, entry.getName(), misfits, checked));
        }
      }
    }
    assertThat(misfits).isEmpty();
    assertThat(checked[0]).isGreaterThan(1000);
  }

  private static void check(
      Graph graph, OnnxModel model, String name, List<String> misfits, int[] checked) {
    for (Node node : graph.nodes()) {
      long opset = model.opsets().get(node.domain());
      OperatorSchema.find(node.domain(), node.opType(), opset)
          .ifPresent(schema -> {
            checked[0]++;
            try {
              schema.check(node);
            } catch (OnnxException e) {
              misfits.add(name + " (opset " + opset + "): " + e.getMessage());
            }
          });
    }
  }

  private static Node node(String op, List<String> inputs) {
    return Node.of("n", op, inputs, "y");
  }

  static Stream<Arguments> misfits() {
    List<String> x = List.of("x");
    return Stream.of(
        misfit(
            21,
            node("Foo", x),
            "node 'n' (Foo): operator Foo of domain ai.onnx is not supported"
                + " (the model imports opset 21)"),
        misfit(
            21,
            new Node("n", "Magic", "com.microsoft", x, List.of("y"), Map.of()),
            "node 'n' (com.microsoft::Magic): operator Magic of domain com.microsoft is not"
                + " supported (the model imports opset 1)"),
        misfit(
            17,
            node("Gelu", x),
            "node 'n' (Gelu): operator Gelu of domain ai.onnx exists from opset 20 on,"
                + " the model imports 17"),
        misfit(
            13,
            node("Scatter", x),
            "node 'n' (Scatter): operator Scatter of domain ai.onnx is not supported"
                + " (the model imports opset 13)"),
        misfit(
            10,
            node("Optional", x),
            "node 'n' (Optional): operator Optional of domain ai.onnx exists from opset 15 on,"
                + " the model imports 10"),
        misfit(21, node("Add", x), "node 'n' (Add): Add has 2 inputs in opset 7, got 1"),
        misfit(21, node("Conv", x), "node 'n' (Conv): Conv has 2 to 3 inputs in opset 7, got 1"),
        misfit(
            21,
            node("Concat", List.of()).with("axis", Attribute.of(0)),
            "node 'n' (Concat): Concat has 1 or more inputs in opset 7, got 0"),
        misfit(
            21,
            node("Add", List.of("x", "")),
            "node 'n' (Add): input 1 of Add must not be left out"),
        misfit(21, node("Concat", x), "node 'n' (Concat): Concat needs the attribute 'axis'"),
        misfit(
            21,
            node("Flatten", x).with("axes", Attribute.of(1)),
            "node 'n' (Flatten): Flatten has no attribute 'axes' in opset 7; it has axis"),
        misfit(
            21,
            node("Relu", x).with("slope", Attribute.of(1)),
            "node 'n' (Relu): Relu has no attribute 'slope' in opset 7; it has none"),
        misfit(
            21,
            node("Flatten", x).with("axis", Attribute.of(1f)),
            "node 'n' (Flatten): attribute axis must be IntValue, got FloatValue"),
        misfit(6, node("Relu", x), "opset 6 is not supported; convert the model to one of 7…26"),
        misfit(99, node("Relu", x), "opset 99 is not supported; convert the model to one of 7…26"));
  }

  private static Arguments misfit(long opset, Node node, String message) {
    return Arguments.of(opset, node, message);
  }

  @ParameterizedTest(name = "{2}")
  @MethodSource("misfits")
  void misfitsAreNamed(long opset, Node node, String message) {
    OnnxModel model =
        OnnxModel.of(
                Graph.builder("g")
                    .node(node)
                    .input(ValueInfo.batched("x", DType.FLOAT32, 2))
                    .output(ValueInfo.batched("y", DType.FLOAT32, 2))
                    .build())
            .withOpset("", opset)
            .withOpset("com.microsoft", 1);
    assertThatThrownBy(() -> OperatorChecker.check(model))
        .isInstanceOf(OnnxException.class)
        .hasMessage(message);
  }

  @Test
  void theSignatureInForceIsTheNewestNotAfterTheOpset() {
    assertThat(OperatorSchema.find("", "Dropout", 11).orElseThrow().attributes())
        .containsOnlyKeys("ratio");
    assertThat(OperatorSchema.find("", "Dropout", 12).orElseThrow().attributes())
        .containsOnlyKeys("seed");
    assertThat(OperatorSchema.find("", "Gelu", 19)).isEmpty();
  }
}
