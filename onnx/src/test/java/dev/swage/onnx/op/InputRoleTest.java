package dev.swage.onnx.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Roles of inputs against those written out by hand. */
class InputRoleTest {
  private static final String RUNTIME = "com.microsoft";

  private static Node node(String domain, String type, Map<String, Attribute> attributes) {
    return new Node("n", type, domain, List.of("x"), List.of("y"), attributes);
  }

  private static String role(Node node, int index) {
    return switch (OperatorFacts.of(node).role(node, index)) {
      case InputRole.Weight(WeightKind kind) -> kind.name();
      case InputRole other -> other.getClass().getSimpleName();
    };
  }

  @ParameterizedTest
  @CsvSource({
    "MatMul, FIRST_FACTOR PRODUCT Other",
    "Gemm, FIRST_FACTOR PRODUCT Bias",
    "Conv, Activation CONVOLUTION Bias",
    "ConvTranspose, Activation CONVOLUTION_TRANSPOSED Bias",
    "RNN, Activation RECURRENT RECURRENT Bias Shape State Other",
    "GRU, Activation RECURRENT RECURRENT Bias Shape State Other",
    "LSTM, Activation RECURRENT RECURRENT Bias Shape State State Peephole Other",
    "Gather, TABLE Shape",
    "GatherElements, TABLE Shape",
    "GatherND, TABLE Shape",
    "Einsum, EINSUM EINSUM EINSUM",
    "Add, Bias Bias",
    "Mul, Other Other",
    "Sub, Activation Activation",
    "PRelu, Activation Other",
    "BatchNormalization, Activation Normalization Normalization Statistic Statistic",
    "LayerNormalization, Activation Normalization Normalization",
    "InstanceNormalization, Activation Normalization Normalization",
    "GroupNormalization, Activation Normalization Normalization",
    "RMSNormalization, Activation Normalization",
    "SimplifiedLayerNormalization, Activation Normalization",
    "QuantizeLinear, Quantization Quantization Quantization",
    "DequantizeLinear, Quantization Quantization Quantization",
    "DynamicQuantizeLinear, Quantization",
    "Attention, Activation Activation Activation Activation",
    "MatMulInteger, Activation Other Quantization Quantization",
    "QLinearMatMul, Activation Quantization Quantization Other Quantization Quantization",
    "Reshape, Activation Shape",
    "Slice, Activation Shape Shape Shape Shape",
    "Concat, Activation Activation Activation Activation"
  })
  void rolesOfOnnx(String type, String roles) {
    Node node = node("", type, Map.of());
    List<String> expected = List.of(roles.split(" "));
    for (int i = 0; i < expected.size(); i++) {
      assertThat(role(node, i)).as("%s input %d", type, i).isEqualTo(expected.get(i));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Attention, Activation PRODUCT Bias Other",
    "PackedAttention, Activation PRODUCT Bias Other",
    "LongformerAttention, Activation PRODUCT Bias PRODUCT Other",
    "DecoderAttention, Activation Activation PRODUCT PRODUCT Bias Other",
    "MultiHeadAttention, Activation Activation Activation Bias Other",
    "GemmFastGelu, Activation PRODUCT Bias",
    "FusedMatMul, Activation PRODUCT Other",
    "FusedGemm, Activation PRODUCT Bias",
    "FusedConv, Activation CONVOLUTION Bias",
    "EmbedLayerNormalization, Shape Shape TABLE TABLE TABLE Normalization Normalization Shape",
    "MoE, Activation Activation EXPERTS Bias EXPERTS Bias EXPERTS Bias",
    "BiasGelu, Activation Bias",
    "FastGelu, Activation Bias",
    "SkipLayerNormalization, Activation Normalization Normalization Normalization Normalization",
    "SkipSimplifiedLayerNormalization, Activation Normalization Normalization Normalization",
    "GroupNorm, Activation Normalization Normalization",
    "SkipGroupNorm, Activation Normalization Normalization Normalization",
    "QuantizeLinear, Quantization Quantization Quantization",
    "DequantizeLinear, Quantization Quantization Quantization",
    "MatMulNBits, Activation Other Quantization Quantization Shape Bias"
  })
  void rolesOfOnnxRuntime(String type, String roles) {
    Node node = node(RUNTIME, type, Map.of());
    List<String> expected = List.of(roles.split(" "));
    for (int i = 0; i < expected.size(); i++) {
      assertThat(role(node, i)).as("%s input %d", type, i).isEqualTo(expected.get(i));
    }
  }

  @Test
  void attributesTellHowAWeightLies() {
    Map<String, Attribute> transposed = Map.of("transB", Attribute.of(1));
    assertThat(role(node("", "Gemm", transposed), 1)).isEqualTo("PRODUCT_TRANSPOSED");
    assertThat(role(node(RUNTIME, "FusedGemm", transposed), 1)).isEqualTo("PRODUCT_TRANSPOSED");
    assertThat(role(node(RUNTIME, "FusedMatMul", transposed), 1)).isEqualTo("PRODUCT_TRANSPOSED");
    assertThat(role(node("", "MatMul", transposed), 1)).as("has no transB").isEqualTo("PRODUCT");
    assertThat(role(node(RUNTIME, "Attention", transposed), 1)).isEqualTo("PRODUCT");
    Map<String, Attribute> grouped = Map.of("group", Attribute.of(2));
    assertThat(role(node("", "ConvTranspose", grouped), 1))
        .isEqualTo("CONVOLUTION_TRANSPOSED_GROUPED");
    assertThat(role(node("", "Conv", grouped), 1)).isEqualTo("CONVOLUTION");
    Map<String, Attribute> columns = Map.of("axis", Attribute.of(1));
    assertThat(role(node("", "Gather", columns), 0)).isEqualTo("TABLE");
    Map<String, Attribute> turned = Map.of("transA", Attribute.of(1));
    assertThat(role(node("", "Gemm", turned), 0)).isEqualTo("FIRST_FACTOR_TRANSPOSED");
    assertThat(role(node(RUNTIME, "EmbedLayerNormalization", columns), 2)).isEqualTo("TABLE");
  }

  @ParameterizedTest
  @ValueSource(strings = {"MatMul", "Conv", "Gather", "LSTM", "Gemm", "Add"})
  void ofAnotherDomainNothingIsKnown(String type) {
    Node node = node("org.example", type, Map.of());
    assertThat(OperatorFacts.of(node).isKnown()).isFalse();
    for (int i = 0; i < 4; i++) {
      assertThat(role(node, i)).isEqualTo("Other");
    }
  }

  @Test
  void onnxsOwnDomainHasTwoNames() {
    assertThat(role(node("ai.onnx", "MatMul", Map.of()), 1)).isEqualTo("PRODUCT");
  }

  @Test
  void rolesAreThoseOfTheVersion() {
    Node clip = node("", "Clip", Map.of());
    assertThat(OperatorFacts.of(clip, 10).role(clip, 1)).isEqualTo(new InputRole.Other());
    assertThat(OperatorFacts.of(clip, 13).role(clip, 1)).isEqualTo(new InputRole.Shape());
  }
}
