package dev.swage.train.torch;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.util.List;
import java.util.random.RandomGenerator;

/** Forms of operators on codes, and of others whose results are integers. */
final class CodeForms {
  private static final String RUNTIME = "com.microsoft";

  private CodeForms() {}

  private static Tensor codes(DType type, long seed, long... dims) {
    RandomGenerator random = TestFloats.random(seed);
    int[] values = new int[Math.toIntExact(Shape.of(dims).elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(256);
    }
    return Tensor.ofBytes(type, Shape.of(dims), values);
  }

  private static Tensor one(DType type, int value) {
    return Tensor.ofBytes(type, Shape.of(), value);
  }

  private static Tensor number(float value) {
    return Tensor.ofFloats(Shape.of(), value);
  }

  static List<GradientCase> linear() {
    return List.of(
        GradientCase.of("QuantizeLinear").x(3, 5).fixed(number(0.02f)),
        GradientCase.of("QuantizeLinear").x(3, 5).fixed(number(0.01f)).fixed(one(DType.INT8, 9)),
        GradientCase.of("QuantizeLinear")
            .set("axis", -2)
            .x(2, 3, 4)
            .fixed(Tensor.ofFloats(Shape.of(3), 0.01f, 0.5f, 2))
            .fixed(codes(DType.UINT8, 3, 3)),
        GradientCase.of("DynamicQuantizeLinear").outputs(3).x(4, 6),
        GradientCase.of("DynamicQuantizeLinear").outputs(3).positive(7),
        GradientCase.of("DequantizeLinear")
            .fixed(Tensor.ofInts(Shape.of(3), -70000, 5, 123456))
            .fixed(number(0.001f)));
  }

  static List<GradientCase> products() {
    return List.of(
        GradientCase.of("MatMulInteger")
            .fixed(codes(DType.UINT8, 1, 3, 5))
            .fixed(codes(DType.INT8, 2, 5, 4))
            .fixed(one(DType.UINT8, 120))
            .fixed(Tensor.ofBytes(DType.INT8, Shape.of(4), 1, -5, 0, 9)),
        GradientCase.of("QLinearMatMul")
            .fixed(codes(DType.UINT8, 1, 2, 3, 5))
            .fixed(number(0.03f))
            .fixed(one(DType.UINT8, 100))
            .fixed(codes(DType.INT8, 2, 5, 4))
            .fixed(Tensor.ofFloats(Shape.of(4), 0.1f, 0.02f, 0.3f, 0.04f))
            .fixed(Tensor.ofBytes(DType.INT8, Shape.of(4), 0, 0, 0, 0))
            .fixed(number(2.5f))
            .fixed(one(DType.UINT8, 128)),
        GradientCase.of(RUNTIME, "DynamicQuantizeMatMul", 1)
            .x(3, 8)
            .fixed(codes(DType.INT8, 2, 8, 4))
            .fixed(number(0.01f))
            .fixed(one(DType.INT8, 0))
            .x(4),
        GradientCase.of(RUNTIME, "MatMulIntegerToFloat", 1)
            .fixed(codes(DType.UINT8, 1, 3, 8))
            .fixed(codes(DType.INT8, 2, 8, 4))
            .fixed(number(0.01f))
            .fixed(number(0.2f))
            .fixed(one(DType.UINT8, 7))
            .fixed(one(DType.INT8, 0))
            .x(4),
        elementWise("QLinearAdd"),
        elementWise("QLinearMul"));
  }

  private static GradientCase elementWise(String operator) {
    return GradientCase.of(RUNTIME, operator, 1)
        .fixed(codes(DType.UINT8, 1, 3, 8))
        .fixed(number(0.02f))
        .fixed(one(DType.UINT8, 100))
        .fixed(codes(DType.UINT8, 2, 8))
        .fixed(number(0.03f))
        .fixed(one(DType.UINT8, 120))
        .fixed(number(0.05f))
        .fixed(one(DType.UINT8, 128));
  }

  static List<GradientCase> convolutions() {
    return List.of(
        GradientCase.of("ConvInteger")
            .ints("pads", 1, 0, 0, 1)
            .ints("strides", 2, 1)
            .fixed(codes(DType.UINT8, 1, 1, 2, 5, 6))
            .fixed(codes(DType.UINT8, 2, 3, 2, 3, 2))
            .fixed(one(DType.UINT8, 100))
            .fixed(one(DType.UINT8, 128)),
        GradientCase.of("QLinearConv")
            .set("auto_pad", "SAME_UPPER")
            .set("group", 2)
            .ints("strides", 2, 2)
            .fixed(codes(DType.UINT8, 1, 2, 4, 6, 5))
            .fixed(number(0.02f))
            .fixed(one(DType.UINT8, 100))
            .fixed(codes(DType.INT8, 2, 6, 2, 3, 3))
            .fixed(Tensor.ofFloats(Shape.of(6), 0.01f, 0.02f, 0.03f, 0.01f, 0.02f, 0.03f))
            .fixed(Tensor.ofBytes(DType.INT8, Shape.of(6), 0, 0, 0, 0, 0, 0))
            .fixed(number(0.5f))
            .fixed(one(DType.UINT8, 128))
            .fixed(Tensor.ofInts(Shape.of(6), 100, -200, 300, 0, 5, -6)));
  }

  /** Weights of few bits, packed. */
  static List<GradientCase> packed() {
    return List.of(
        packed(4, 32, false), packed(4, 16, true), packed(8, 32, true), packed(2, 32, true));
  }

  /** 40 inputs in blocks: the last one is filled up. */
  private static GradientCase packed(int bits, int block, boolean zeroPoints) {
    int blocks = Math.ceilDiv(40, block);
    GradientCase test =
        GradientCase.of(RUNTIME, "MatMulNBits", 1)
            .set("K", 40)
            .set("N", 3)
            .set("bits", bits)
            .set("block_size", block)
            .x(2, 40)
            .fixed(codes(DType.UINT8, 5, 3, blocks, block * bits / 8))
            .positive(3, blocks);
    return zeroPoints ? test.fixed(codes(DType.UINT8, 6, 3, Math.ceilDiv(blocks * bits, 8))) : test;
  }

  static List<GradientCase> integers() {
    return List.of(
        GradientCase.of("NonZero").fixed(Tensor.ofLongs(Shape.of(2, 3), 0, 4, 0, -1, 0, 2)),
        GradientCase.of("Unique").outputs(4).fixed(Tensor.ofLongs(Shape.of(6), 3, 1, 1, -2, 3, 5)),
        GradientCase.of("Range")
            .fixed(Tensor.ofLongs(Shape.of(), 7))
            .fixed(Tensor.ofLongs(Shape.of(), -2))
            .fixed(Tensor.ofLongs(Shape.of(), -3)),
        GradientCase.of("Range").fixed(number(0.5f)).fixed(number(2)).fixed(number(0.4f)),
        GradientCase.of("EyeLike").set("k", -1).x(3, 4),
        GradientCase.of("NonMaxSuppression")
            .fixed(
                Tensor.ofFloats(
                    Shape.of(1, 4, 4), 0, 0, 1, 1, 0, 0.1f, 1, 1.1f, 0, 10, 1, 11, 1, 1, 0, 0))
            .fixed(Tensor.ofFloats(Shape.of(1, 2, 4), 0.9f, 0.75f, 0.6f, 0.8f, 0.1f, 0.2f, 0.3f, 0))
            .longs(2)
            .fixed(Tensor.ofFloats(Shape.of(1), 0.5f))
            .fixed(Tensor.ofFloats(Shape.of(1), 0.15f)));
  }
}
