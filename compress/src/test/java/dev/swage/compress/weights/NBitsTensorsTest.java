package dev.swage.compress.weights;

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
                    IntStream.of(10, 48, 70, 128)
                        .boxed()
                        .flatMap(k ->
                            Stream.of(true, false)
                                .map(byColumn -> Arguments.of(bits, symmetric, k, byColumn)))));
  }

  /** {@code [K, N]}, or {@code [N, K]} where the codes of a column lie together. */
  private static QuantizedWeight quantized(
      int bits, boolean symmetric, int k, int n, boolean byColumn) {
    QuantScheme scheme =
        new QuantScheme(
            symmetric ? DType.INT8 : DType.UINT8,
            bits,
            symmetric,
            Granularity.perGroup(byColumn ? 1 : 0, 16));
    Shape shape = byColumn ? Shape.of(n, k) : Shape.of(k, n);
    Tensor weight = Tensor.ofFloats(shape, TestFloats.gaussian(k * n, 1, bits + k));
    return WeightQuantizer.quantize(weight, scheme, RangeEstimator.minMax(), CodeMemory.heap())
        .weight();
  }

  /** What the codes stand for, as {@code [K, N]}. */
  private static float[] expected(QuantizedWeight weight, boolean byColumn) {
    Tensor own = weight.dequantized(DType.FLOAT32, CodeMemory.heap());
    return (byColumn ? WeightLayout.transposed(own, CodeMemory.heap()) : own).toFloats();
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
  void fieldsDequantizeToTheQuantizersFloats(int bits, boolean symmetric, int k, boolean byColumn) {
    int n = 6;
    QuantizedWeight weight = quantized(bits, symmetric, k, n, byColumn);
    float[] expected = expected(weight, byColumn);
    NBitsTensors tensors = NBitsTensors.of(weight, CodeMemory.heap());
    tensors.fill().run();
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
  void onnxRuntimeReadsTheSameFloats(int bits, boolean symmetric, int k, boolean byColumn) {
    int n = 6;
    QuantizedWeight weight = quantized(bits, symmetric, k, n, byColumn);
    float[] identity = new float[k * k];
    for (int i = 0; i < k; i++) {
      identity[i * k + i] = 1;
    }
    try (ModelSession session =
        ModelSession.open("nbits", model(weight, byColumn), SessionOptions.defaults())) {
      assertThat(
              session.run(List.of(Tensor.ofFloats(Shape.of(k, k), identity))).getFirst().toFloats())
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(expected(weight, byColumn));
    }
  }

  private static byte[] model(QuantizedWeight weight, boolean byColumn) {
    long k = weight.shape().dim(byColumn ? 1 : 0);
    long n = weight.shape().dim(byColumn ? 0 : 1);
    Graph empty = Graph.builder("nbits").build();
    NBitsNode node = NBitsNode.of(weight, "w", FreshNames.of(empty), CodeMemory.heap());
    node.tensors().fill().run();
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
    NBitsTensors tensors = NBitsTensors.of(quantized(4, true, 10, 6, false), CodeMemory.heap());
    tensors.fill().run();
    // Bytes 5, 6 and 7 of a block of 16 hold the codes of rows 10 to 15.
    for (int octet = 5; octet < 8; octet++) {
      assertThat(tensors.codes().data().get(ValueLayout.JAVA_BYTE, octet)).isEqualTo((byte) 0x88);
    }
  }
}
