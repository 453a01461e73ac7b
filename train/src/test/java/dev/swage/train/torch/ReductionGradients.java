package dev.swage.train.torch;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/** Cases of products, reductions, order and losses. */
final class ReductionGradients {
  private ReductionGradients() {}

  static Stream<GradientCase> products() {
    return Stream.of(
        GradientCase.of("MatMul").x(2, 3).x(3, 4),
        GradientCase.of("MatMul").x(3).x(3, 4),
        GradientCase.of("MatMul").x(2, 3).x(3),
        GradientCase.of("MatMul").x(3).x(3),
        GradientCase.of("MatMul").x(2, 1, 2, 3).x(4, 3, 2),
        GradientCase.of("MatMul").x(0, 3).x(3, 2),
        GradientCase.of("Gemm").x(2, 3).x(3, 4),
        GradientCase.of("Gemm").set("transA", 1).set("alpha", 0.5f).x(3, 2).x(3, 4).x(4),
        GradientCase.of("Gemm").set("transB", 1).set("beta", 0.5f).x(2, 3).x(4, 3).x(2, 1),
        GradientCase.of("Gemm").opset(6).set("broadcast", 1).x(2, 3).x(3, 4).x(4),
        GradientCase.of("Einsum").set("equation", "bij,bjk->bik").x(2, 3, 4).x(2, 4, 2),
        GradientCase.of("Einsum").set("equation", "...ii->...i").x(2, 3, 3),
        GradientCase.of("Einsum").set("equation", "i,j").x(3).x(2),
        GradientCase.of("Det").x(2, 3, 3),
        ElementGradients.ofMicrosoft("Inverse").x(2, 3, 3),
        ElementGradients.ofMicrosoft("FusedMatMul").set("alpha", 0.3f).x(2, 3).x(3, 2),
        ElementGradients.ofMicrosoft("FusedMatMul").set("transA", 1).x(2, 3, 2).x(3, 2),
        ElementGradients.ofMicrosoft("FusedMatMul").set("transB", 1).x(2, 2, 3).x(2, 4, 3));
  }

  static Stream<GradientCase> reductions() {
    List<String> smooth =
        List.of("ReduceSum", "ReduceMean", "ReduceSumSquare", "ReduceLogSumExp", "ReduceProd");
    List<String> others = List.of("ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceLogSum");
    Stream<GradientCase> all =
        Stream.concat(smooth.stream(), others.stream()).flatMap(ReductionGradients::forms);
    return Stream.concat(
        all,
        Stream.of(
            GradientCase.of("ReduceSum").x(2, 0, 3).longs(1),
            GradientCase.of("ReduceProd").x(2, 0, 3).longs(1),
            GradientCase.of("ReduceLogSumExp").x(2, 0, 3).longs(2),
            GradientCase.of("CumSum").x(2, 3).longs(1),
            GradientCase.of("CumSum").set("exclusive", 1).set("reverse", 1).x(2, 3).longs(-2),
            GradientCase.of("CumProd").opset(26).x(2, 3).longs(1),
            GradientCase.of("CumProd").opset(26).set("exclusive", 1).x(2, 3).longs(0),
            GradientCase.of("CumProd").opset(26).set("reverse", 1).x(2, 3).longs(0)));
  }

  private static Stream<GradientCase> forms(String name) {
    return Stream.of(
        numbers(GradientCase.of(name).opset(11).ints("axes", 1), name, 2, 3, 2),
        numbers(GradientCase.of(name).opset(11).ints("axes", -1, 0), name, 2, 3, 2),
        numbers(GradientCase.of(name).opset(11).set("keepdims", 0), name, 2, 3),
        numbers(GradientCase.of(name), name, 2, 3),
        numbers(GradientCase.of(name).set("keepdims", 0), name, 2, 3, 2).longs(0, -1),
        numbers(GradientCase.of(name).set("noop_with_empty_axes", 1), name, 2, 3));
  }

  private static GradientCase numbers(GradientCase test, String name, long... dims) {
    return name.equals("ReduceLogSum") ? test.positive(dims) : test.spread(dims);
  }

  static Stream<GradientCase> order() {
    return Stream.of(
        GradientCase.of("TopK").outputs(2).spread(3, 5).longs(2),
        GradientCase.of("TopK").outputs(2).set("axis", 0).set("largest", 0).spread(3, 5).longs(2),
        GradientCase.of("TopK").opset(1).outputs(2).set("k", 3).spread(2, 5));
  }

  static Stream<GradientCase> losses() {
    Tensor labels = Tensor.ofLongs(Shape.of(4), 0, 2, 1, 2);
    Tensor image = Tensor.ofLongs(Shape.of(2, 3), 0, 2, 1, 2, 2, 0);
    return Stream.of("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
        .map(GradientCase::of)
        .flatMap(loss ->
            Stream.of(
                loss.x(4, 3).fixed(labels),
                loss.set("reduction", "sum").x(4, 3).fixed(labels),
                loss.set("reduction", "none").x(2, 3, 3).fixed(image),
                loss.set("ignore_index", 2).x(2, 3, 3).fixed(image),
                loss.x(4, 3).fixed(labels).given(false, Shape.of(3), 0.2, 1.5, 0.7)));
  }
}
