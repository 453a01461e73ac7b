package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.FakeQuantizer;
import dev.swage.quant.Granularity;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What training computes is what ONNX Runtime computes from the exported file, to the bit. */
class FakeQuantizerConformanceTest {
  private static final List<DType> TYPES =
      List.of(DType.INT8, DType.UINT8, DType.INT4, DType.UINT4, DType.INT16, DType.UINT16);

  private static final List<Shape> SHAPES =
      List.of(Shape.of(7), Shape.of(64, 96), Shape.of(5, 33, 9), Shape.of(2, 6, 20, 11));

  record Case(DType type, Shape shape, Granularity granularity) {}

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (DType type : TYPES) {
      for (Shape shape : SHAPES) {
        cases.add(new Case(type, shape, Granularity.perTensor()));
        for (int axis = 0; axis < shape.rank(); axis++) {
          cases.add(new Case(type, shape, Granularity.perChannel(axis)));
          cases.add(new Case(type, shape, Granularity.perGroup(axis, 4)));
          if (shape.rank() > 1) { // One block of one dimension is one scale: per tensor.
            cases.add(new Case(type, shape, Granularity.perGroup(axis, 32)));
          }
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void forwardIsQuantizeLinearAndDequantizeLinear(Case c) {
    Steps steps = Steps.random(c);
    FakeQuantizer quantizer =
        new FakeQuantizer(c.shape(), c.granularity(), c.type().minInt(), c.type().maxInt());
    try (ModelSession session =
        ModelSession.open("pair", steps.model(), SessionOptions.defaults())) {
      steps
          .fills()
          .forEach((name, x) -> {
            Tensor expected = session.run(List.of(Tensor.ofFloats(c.shape(), x))).getFirst();
            float[] y = new float[x.length];
            quantizer.forward(
                MemorySegment.ofArray(x),
                steps.scales(),
                steps.zeroPoints(),
                MemorySegment.ofArray(y));
            assertThat(bits(y)).as(name).isEqualTo(bits(expected.toFloats()));
          });
    }
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  @SuppressWarnings("ArrayRecordComponent") // Made for one test.
  private record Steps(Case c, Shape params, float[] scales, int[] zeroPoints) {
    /** Scales of many sizes, zero points over the whole type. */
    static Steps random(Case c) {
      Shape params = c.granularity().paramShape(c.shape());
      int slots = (int) params.elements();
      RandomGenerator random = TestFloats.random(slots);
      float[] scales = new float[slots];
      int[] zeroPoints = new int[slots];
      for (int i = 0; i < slots; i++) {
        scales[i] = (float) Math.scalb(1 + random.nextDouble(), random.nextInt(20) - 15);
        zeroPoints[i] = random.nextInt(c.type().minInt(), c.type().maxInt() + 1);
      }
      return new Steps(c, params, scales, zeroPoints);
    }

    OnnxModel model() {
      Node quantize = Node.of("q", "QuantizeLinear", List.of("x", "scale", "zero"), "codes");
      Node dequantize = Node.of("d", "DequantizeLinear", List.of("codes", "scale", "zero"), "y");
      return OnnxModel.of(
          Graph.builder("pair")
              .input(ValueInfo.of("x", DType.FLOAT32, c.shape()))
              .initializer("scale", Tensor.ofFloats(params, scales))
              .initializer("zero", packed())
              .node(withAxis(quantize))
              .node(withAxis(dequantize))
              .output(ValueInfo.of("y", DType.FLOAT32, c.shape()))
              .build());
    }

    private Node withAxis(Node node) {
      return switch (c.granularity()) {
        case Granularity.PerTensor() -> node;
        case Granularity.PerChannel(int axis) -> node.with("axis", Attribute.of(axis));
        case Granularity.PerGroup(int axis, int size) ->
            node.with("axis", Attribute.of(axis)).with("block_size", Attribute.of(size));
      };
    }

    private Tensor packed() {
      int bits = c.type().bits();
      byte[] bytes = new byte[(int) c.type().bytes(zeroPoints.length)];
      for (int i = 0; i < zeroPoints.length; i++) {
        int code = zeroPoints[i] & ((1 << bits) - 1);
        if (bits == 16) {
          bytes[2 * i] = (byte) code;
          bytes[2 * i + 1] = (byte) (code >> 8);
        } else {
          bytes[i * bits / 8] |= (byte) (code << (i * bits % 8));
        }
      }
      return Tensor.of(c.type(), params, MemorySegment.ofArray(bytes));
    }

    Map<String, float[]> fills() {
      return Map.of(
          "random", fill((random, _) -> random.nextGaussian() * 0.7 * c.type().maxInt()),
          "half-way", fill((random, i) -> anyCode(random) - zero(i) + 0.5),
          "boundaries", fill((random, i) -> boundary(random) - zero(i)),
          "codes", fill((random, i) -> anyCode(random) - zero(i)),
          "extremes", extremes(),
          "far outside", fill((random, _) -> random.nextGaussian() * 0x1p24));
    }

    private interface InScales {
      double at(RandomGenerator random, int element);
    }

    /** Elements so many scales from zero, some a float beside. */
    private float[] fill(InScales position) {
      RandomGenerator random = TestFloats.random(3);
      float[] x = new float[(int) c.shape().elements()];
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) (position.at(random, i) * scales[slot(i)]);
        x[i] = random.nextInt(3) == 0 ? Math.nextUp(x[i]) : x[i];
        x[i] = random.nextInt(3) == 0 ? Math.nextDown(x[i]) : x[i];
      }
      return x;
    }

    private int anyCode(RandomGenerator random) {
      return random.nextInt(c.type().minInt() - 2, c.type().maxInt() + 3);
    }

    private double boundary(RandomGenerator random) {
      int end = random.nextBoolean() ? c.type().minInt() : c.type().maxInt();
      return end + random.nextInt(-2, 3) * 0.5;
    }

    /**
     * Zeros, subnormals, the largest floats, infinities, NaN. ONNX Runtime's own kernels of blocks
     * and of 4 bits cast {@code x / scale} to int32 before they clip, which is undefined from 2³¹
     * on: an infinity becomes the smallest code there. ONNX says that it saturates, and here it
     * does.
     */
    private float[] extremes() {
      List<Float> edges = TestFloats.edges().toList();
      boolean casts = c.granularity() instanceof Granularity.PerGroup || c.type().bits() == 4;
      float[] x = new float[(int) c.shape().elements()];
      for (int i = 0; i < x.length; i++) {
        float edge = edges.get(i % edges.size());
        x[i] =
            casts && !(Math.abs(edge / scales[slot(i)]) < 0x1p31)
                ? 0x1p30f * scales[slot(i)]
                : edge;
      }
      return x;
    }

    private int zero(int element) {
      return zeroPoints[slot(element)];
    }

    private int slot(int element) {
      int slot = 0;
      int inner = (int) c.shape().elements();
      for (int axis = 0; axis < c.shape().rank(); axis++) {
        int dim = (int) c.shape().dim(axis);
        int index = element % inner / (inner / dim);
        inner /= dim;
        slot =
            switch (c.granularity()) {
              case Granularity.PerTensor() -> 0;
              case Granularity.PerChannel(int own) -> axis == own ? index : slot;
              case Granularity.PerGroup(int own, int size) ->
                  slot * (int) params.dim(axis) + (axis == own ? index / size : index);
            };
      }
      return slot;
    }
  }
}
