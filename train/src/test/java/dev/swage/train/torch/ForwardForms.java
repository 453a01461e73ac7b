package dev.swage.train.torch;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Forms of operators without a gradient of their own. */
final class ForwardForms {
  private ForwardForms() {}

  static Stream<GradientCase> pooling() {
    List<GradientCase> forms = new ArrayList<>();
    for (long ceil : new long[] {0, 1}) {
      for (long stride : new long[] {1, 2, 3}) {
        for (long[] pads : new long[][] {{0, 0, 0, 0}, {1, 1, 1, 1}, {1, 0, 2, 1}, {2, 1, 0, 2}}) {
          GradientCase average =
              GradientCase.of("AveragePool")
                  .ints("kernel_shape", 3, 3)
                  .ints("strides", stride, stride)
                  .ints("pads", pads)
                  .set("ceil_mode", ceil)
                  .x(1, 2, 6, 7);
          forms.add(average);
          forms.add(average.set("count_include_pad", 1));
          forms.add(average.ints("dilations", 2, 1));
          GradientCase max =
              GradientCase.of("MaxPool")
                  .ints("kernel_shape", 3, 3)
                  .ints("strides", stride, stride)
                  .ints("pads", pads)
                  .set("ceil_mode", ceil)
                  .spread(2, 2, 6, 7)
                  .outputs(2);
          forms.add(max);
          forms.add(max.set("storage_order", 1));
          forms.add(max.ints("dilations", 1, 2));
        }
      }
    }
    forms.add(GradientCase.of("MaxPool").ints("kernel_shape", 2).outputs(2).spread(2, 2, 5));
    forms.add(
        GradientCase.of("MaxPool").ints("kernel_shape", 2, 2, 2).outputs(2).spread(2, 2, 3, 4, 3));
    forms.add(
        GradientCase.of("MaxPool")
            .ints("kernel_shape", 2, 2, 2)
            .set("storage_order", 1)
            .outputs(2)
            .spread(2, 2, 3, 4, 3));
    return forms.stream();
  }

  static Stream<GradientCase> resizing() {
    List<GradientCase> forms = new ArrayList<>();
    float[][] scales = {{2, 2}, {3, 0.5f}, {0.6f, 1.7f}, {0.3f, 0.75f}};
    for (String coordinates :
        List.of("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel")) {
      for (String nearest : List.of("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")) {
        for (float[] scale : scales) {
          forms.add(
              GradientCase.of("Resize")
                  .set("coordinate_transformation_mode", coordinates)
                  .set("nearest_mode", nearest)
                  .x(1, 1, 6, 8)
                  .none()
                  .fixed(Tensor.ofFloats(Shape.of(4), 1, 1, scale[0], scale[1])));
        }
      }
    }
    for (String policy : List.of("not_larger", "not_smaller")) {
      forms.add(
          GradientCase.of("Resize")
              .set("keep_aspect_ratio_policy", policy)
              .set("mode", "linear")
              .ints("axes", 3, 2)
              .x(1, 1, 4, 6)
              .none()
              .none()
              .longs(9, 7));
    }
    for (String mode : List.of("nearest", "linear")) {
      for (float[] scale : scales) {
        for (long version : new long[] {9, 10}) {
          forms.add(
              GradientCase.of(version == 9 ? "Upsample" : "Resize")
                  .opset(version)
                  .set("mode", mode)
                  .x(1, 1, 6, 8)
                  .fixed(Tensor.ofFloats(Shape.of(4), 1, 1, scale[0], scale[1])));
        }
      }
    }
    for (float[] scale : scales) {
      for (String mode : List.of("nearest", "linear", "cubic")) {
        forms.add(
            GradientCase.of("Resize")
                .opset(11)
                .set("mode", mode)
                .set(
                    "coordinate_transformation_mode",
                    mode.equals("nearest") ? "tf_half_pixel_for_nn" : "half_pixel")
                .x(1, 1, 6, 8)
                .fixed(Tensor.ofFloats(Shape.of(0)))
                .fixed(Tensor.ofFloats(Shape.of(4), 1, 1, scale[0], scale[1])));
      }
    }
    return forms.stream();
  }

  static Stream<GradientCase> ties() {
    Shape shape = Shape.of(2, 5);
    double[] values = {1, 3, 3, 0, 1, 2, 2, 2, 1, 2};
    return Stream.of(
        GradientCase.of("ArgMax").set("axis", 1).given(false, shape, values),
        GradientCase.of("ArgMax").set("select_last_index", 1).given(false, shape, values),
        GradientCase.of("ArgMin").set("axis", -1).set("keepdims", 0).given(false, shape, values),
        GradientCase.of("ArgMin")
            .set("axis", -1)
            .set("select_last_index", 1)
            .given(false, shape, values),
        GradientCase.of("TopK").outputs(2).given(false, shape, values).longs(4),
        GradientCase.of("TopK").outputs(2).set("largest", 0).given(false, shape, values).longs(4),
        GradientCase.of("TopK").opset(10).outputs(2).given(false, shape, values).longs(3),
        GradientCase.of("Hardmax").given(false, shape, values),
        GradientCase.of("Hardmax").opset(11).set("axis", 0).given(false, shape, values),
        GradientCase.of("Round").given(false, Shape.of(6), -2.5, -1.5, -0.5, 0.5, 1.5, 2.5),
        GradientCase.of("Sign").given(false, Shape.of(3), -2, 0, 3),
        GradientCase.of("IsInf").given(false, Shape.of(3), inf(-1), 0, inf(1)),
        GradientCase.of("IsInf")
            .set("detect_negative", 0)
            .given(false, Shape.of(2), inf(-1), inf(1)),
        GradientCase.of("IsInf")
            .set("detect_positive", 0)
            .given(false, Shape.of(2), inf(-1), inf(1)),
        GradientCase.of("IsNaN").given(false, Shape.of(2), Double.NaN, 1),
        GradientCase.of("LpNormalization").given(false, shape, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5));
  }

  private static double inf(int sign) {
    return sign * Double.POSITIVE_INFINITY;
  }

  static Stream<GradientCase> earlier() {
    return Stream.of(
        GradientCase.of("Softmax").opset(7).x(2, 3, 4),
        GradientCase.of("Softmax").opset(11).set("axis", 2).x(2, 3, 4),
        GradientCase.of("Softmax").opset(11).set("axis", -2).x(2, 3, 4),
        GradientCase.of("LogSoftmax").opset(9).set("axis", 0).x(2, 3, 4),
        GradientCase.of("Clip").opset(7).x(2, 3),
        GradientCase.of("Clip").opset(10).set("max", 0.3f).x(2, 3),
        GradientCase.of("TopK").opset(7).outputs(2).set("k", 2).spread(2, 5),
        GradientCase.of("Dropout").opset(7).x(2, 3),
        GradientCase.of("Dropout").opset(10).x(2, 3),
        GradientCase.of("AveragePool").opset(7).ints("kernel_shape", 2, 2).x(1, 1, 4, 4),
        GradientCase.of("MaxPool").opset(8).ints("kernel_shape", 2, 2).outputs(2).x(1, 1, 4, 4),
        GradientCase.of("Gemm").opset(7).x(2, 3).x(3, 4).x(4),
        GradientCase.of("ReduceSum").opset(7).ints("axes", 0).x(2, 3),
        GradientCase.of("ReduceSum").opset(13).x(2, 3).longs(-1),
        GradientCase.of("ReduceMax").opset(11).ints("axes", -1).x(2, 3),
        GradientCase.of("ReduceL2").opset(13).ints("axes", 1).set("keepdims", 0).x(2, 3),
        GradientCase.of("PRelu").opset(7).x(2, 3, 4).x(3, 1),
        GradientCase.of("LayerNormalization").opset(17).outputs(3).x(2, 3, 4).x(4).x(4),
        GradientCase.of("MeanVarianceNormalization").opset(9).x(2, 3, 2, 2),
        GradientCase.of("GroupNormalization").opset(18).set("num_groups", 2).x(1, 4, 3).x(2).x(2));
  }

  static Stream<GradientCase> integers() {
    Tensor a = ints(-7, 7, -8, 9);
    Tensor b = ints(3, -3, 4, 2);
    return Stream.of(
        GradientCase.of("Div").fixed(a).fixed(b),
        GradientCase.of("Mod").fixed(a).fixed(b),
        GradientCase.of("Mod").set("fmod", 1).fixed(a).fixed(b),
        GradientCase.of("Pow").fixed(a).fixed(ints(2, 3, 1, 0)),
        GradientCase.of("Max").fixed(a).fixed(b),
        GradientCase.of("Min").fixed(a).fixed(b),
        GradientCase.of("Abs").fixed(a),
        GradientCase.of("Neg").fixed(a),
        GradientCase.of("Sign").fixed(a),
        GradientCase.of("Relu").fixed(a),
        GradientCase.of("Clip").fixed(a).fixed(int32(-5)).fixed(int32(5)),
        GradientCase.of("Shrink").set("lambd", 7.5f).set("bias", 1f).fixed(a),
        GradientCase.of("ReduceSum").fixed(a),
        GradientCase.of("ReduceMean").fixed(a),
        GradientCase.of("ReduceProd").fixed(b),
        GradientCase.of("ReduceMax").fixed(a),
        GradientCase.of("ReduceL1").fixed(a),
        GradientCase.of("ReduceL2").fixed(a),
        GradientCase.of("CumSum").fixed(a).fixed(int32(0)),
        GradientCase.of("ArgMax").fixed(a),
        GradientCase.of("TopK").outputs(2).fixed(a).longs(2),
        GradientCase.of("Equal").fixed(a).fixed(b),
        GradientCase.of("Less").fixed(a).fixed(b),
        GradientCase.of("BitwiseAnd").fixed(a).fixed(b),
        GradientCase.of("BitwiseXor").fixed(a).fixed(b),
        GradientCase.of("BitwiseNot").fixed(a),
        GradientCase.of("MatMul").fixed(matrix(DType.INT32)).fixed(matrix(DType.INT32)),
        GradientCase.of("Gemm").fixed(matrix(DType.INT32)).fixed(matrix(DType.INT32)),
        GradientCase.of("MatMulInteger").fixed(matrix(DType.UINT8)).fixed(matrix(DType.INT8)),
        GradientCase.of("MatMulInteger")
            .fixed(matrix(DType.UINT8))
            .fixed(matrix(DType.INT8))
            .fixed(Tensor.ofBytes(DType.UINT8, Shape.of(), 120))
            .fixed(Tensor.ofBytes(DType.INT8, Shape.of(3), 1, -4, 7)),
        GradientCase.of("MaxPool")
            .ints("kernel_shape", 2, 2)
            .ints("pads", 0, 0, 1, 1)
            .fixed(Tensor.ofBytes(DType.UINT8, Shape.of(1, 1, 2, 2), 4, 250, 3, 7)),
        GradientCase.of("MaxPool")
            .ints("kernel_shape", 2, 2)
            .ints("pads", 1, 1, 1, 1)
            .fixed(Tensor.ofBytes(DType.INT8, Shape.of(1, 1, 2, 2), -4, -120, -3, -7)),
        GradientCase.of("Where")
            .fixed(Tensor.ofBytes(DType.BOOL, Shape.of(4), 1, 0, 0, 1))
            .fixed(a)
            .fixed(b));
  }

  private static Tensor ints(int... values) {
    return Tensor.ofInts(Shape.of(values.length), values);
  }

  private static Tensor int32(int value) {
    return Tensor.ofInts(Shape.of(), value);
  }

  private static Tensor matrix(DType type) {
    int[] values = {12, 5, 100, 3, 7, 90, 1, 2, 55};
    Shape shape = Shape.of(3, 3);
    return type == DType.INT32 ? Tensor.ofInts(shape, values) : Tensor.ofBytes(type, shape, values);
  }
}
