package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.QuantizedTensor;
import dev.swage.quant.Quantizer;
import dev.swage.quant.RangeEstimator;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NBitsTensorsTest {
  static Stream<Arguments> cases() {
    return IntStream.of(2, 4, 8)
        .boxed()
        .flatMap(bits ->
            Stream.of(true, false)
                .flatMap(symmetric ->
                    // One block that K does not fill, odd and even numbers of blocks.
                    IntStream.of(10, 48, 70, 128).mapToObj(k -> Arguments.of(bits, symmetric, k))));
  }

  private static QuantizedTensor quantized(int bits, boolean symmetric, int k, int n) {
    Granularity groups = Granularity.perGroup(0, 16);
    QuantScheme scheme =
        symmetric ? QuantScheme.symmetric(bits, groups) : QuantScheme.asymmetric(bits, groups);
    Tensor weight = Tensor.ofFloats(Shape.of(k, n), TestFloats.gaussian(k * n, 1, bits + k));
    return Quantizer.quantize(weight, scheme, RangeEstimator.minMax());
  }

  /** Field {@code index} of {@code bits} bits in a row of bytes, lowest bits first. */
  private static int field(Tensor bytes, long rowStart, long index, int bits) {
    int value = 0;
    for (int bit = 0; bit < bits; bit++) {
      long at = index * bits + bit;
      int octet = bytes.data().get(ValueLayout.JAVA_BYTE, rowStart + at / 8);
      value |= ((octet >> (at % 8)) & 1) << bit;
    }
    return value;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void fieldsDequantizeToTheQuantizersFloats(int bits, boolean symmetric, int k) {
    int n = 6;
    QuantizedTensor weight = quantized(bits, symmetric, k, n);
    float[] expected = Quantizer.dequantize(weight).toFloats();
    NBitsTensors tensors = NBitsTensors.of(weight);
    int blocks = Math.ceilDiv(k, 16);
    assertThat(tensors.codes().shape()).isEqualTo(Shape.of(n, blocks, 16 * bits / 8));
    assertThat(tensors.zeroPoints().isPresent()).isEqualTo(!symmetric);
    for (int column = 0; column < n; column++) {
      for (int row = 0; row < blocks * 16; row++) {
        int code = field(tensors.codes(), (long) column * blocks * 2 * bits, row, bits);
        int zeroPoint = 1 << (bits - 1);
        if (!symmetric) {
          Tensor packed = tensors.zeroPoints().orElseThrow();
          zeroPoint = field(packed, column * packed.shape().dim(1), row / 16, bits);
        }
        float scale = tensors.scales().getFloat((long) column * blocks + row / 16);
        float value = (code - zeroPoint) * scale;
        assertThat(value).isEqualTo(row < k ? expected[row * n + column] + 0f : 0f);
      }
    }
  }

  /** The identity times the weight is the weight, so that every code is seen. */
  @ParameterizedTest
  @MethodSource("cases")
  void onnxRuntimeReadsTheSameFloats(int bits, boolean symmetric, int k) {
    int n = 6;
    QuantizedTensor weight = quantized(bits, symmetric, k, n);
    float[] identity = new float[k * k];
    for (int i = 0; i < k; i++) {
      identity[i * k + i] = 1;
    }
    try (ModelSession session =
        ModelSession.open("nbits", model(weight), SessionOptions.defaults())) {
      assertThat(
              session.run(List.of(Tensor.ofFloats(Shape.of(k, k), identity))).getFirst().toFloats())
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(Quantizer.dequantize(weight).toFloats());
    }
  }

  private static byte[] model(QuantizedTensor weight) {
    long k = weight.shape().dim(0);
    long n = weight.shape().dim(1);
    Graph empty = Graph.builder("nbits").build();
    NBitsNode node = NBitsNode.of(weight, "w", FreshNames.of(empty));
    Node product =
        node.replace(Node.of("product", "MatMul", List.of("x", "w"), "y"), FreshNames.of(empty))
            .getFirst()
            .with("accuracy_level", Attribute.of(1));
    Graph.Builder graph =
        Graph.builder("nbits")
            .input(ValueInfo.batched("x", DType.FLOAT32, k))
            .output(ValueInfo.batched("y", DType.FLOAT32, n))
            .node(product);
    node.initializers().forEach(graph::initializer);
    return OnnxWriter.toBytes(OnnxModel.of(graph.build()).withOpset(NBitsNode.DOMAIN, 1));
  }

  @Test
  void missingRowsAreFilledWithTheCodeOfZero() {
    NBitsTensors tensors = NBitsTensors.of(quantized(4, true, 10, 6));
    // Bytes 5, 6 and 7 of a block of 16 hold the codes of rows 10 to 15.
    for (int octet = 5; octet < 8; octet++) {
      assertThat(tensors.codes().data().get(ValueLayout.JAVA_BYTE, octet)).isEqualTo((byte) 0x88);
    }
  }
}
