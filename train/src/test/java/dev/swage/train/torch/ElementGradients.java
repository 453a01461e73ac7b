package dev.swage.train.torch;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;

/** Cases of operators on single elements. */
final class ElementGradients {
  private ElementGradients() {}

  static Stream<GradientCase> arithmetic() {
    return Stream.of(
        GradientCase.of("Add").x(2, 3).x(3),
        GradientCase.of("Add").opset(6).set("broadcast", 1).set("axis", 1).x(2, 3, 4).x(3),
        GradientCase.of("Sub").x(2, 1, 3).x(4, 1),
        GradientCase.of("Sub").x().x(2, 2),
        GradientCase.of("Mul").x(2, 1, 3).x(4, 1),
        GradientCase.of("Mul").x(0, 3).x(1, 3),
        GradientCase.of("Div").x(2, 3).positive(2, 1),
        GradientCase.of("Pow").positive(2, 3).x(3),
        GradientCase.of("Pow").x(2, 3).given(false, Shape.of(), 3),
        GradientCase.of("Pow").x(2, 3).fixed(Tensor.ofLongs(Shape.of(), 2)),
        GradientCase.of("Pow").x(2, 3).constant(Tensor.ofFloats(Shape.of(), 2)),
        GradientCase.of("Pow").x(2, 3).constant(Tensor.ofFloats(Shape.of(1), 3)),
        GradientCase.of("Pow").positive(4).constant(Tensor.ofFloats(Shape.of(), 0.5f)),
        GradientCase.of("Pow").x().constant(Tensor.ofFloats(Shape.of(1, 1), 2)),
        GradientCase.of("Mod").set("fmod", 1).x(x -> 0.4 * Math.tanh(x), 4).positive(4),
        GradientCase.of("Max").spread(2, 3).spread(3).spread(2, 1),
        GradientCase.of("Min").spread(2, 3).spread(1, 3),
        GradientCase.of("Max").x(3),
        GradientCase.of("Sum").x(2, 3).x(3).x(2, 1),
        GradientCase.of("Mean").x(2, 3).x(3).x(2, 1),
        GradientCase.of("Where").fixed(bools(1, 0, 1)).x(2, 3).x(1, 3),
        GradientCase.of("Clip").spread(3, 4).given(false, Shape.of(), -0.7).none(),
        GradientCase.of("Clip").spread(3, 4).none().given(false, Shape.of(), 0.4),
        GradientCase.of("Clip").opset(6).set("min", -0.5f).set("max", 0.7f).spread(3, 4));
  }

  private static Tensor bools(int... values) {
    return Tensor.ofBytes(DType.BOOL, Shape.of(values.length), values);
  }

  static Stream<GradientCase> functions() {
    Stream<GradientCase> everywhere =
        Stream.of(
                "Neg",
                "Exp",
                "Erf",
                "Sin",
                "Cos",
                "Atan",
                "Sinh",
                "Cosh",
                "Tanh",
                "Asinh",
                "Identity")
            .flatMap(name ->
                Stream.of(
                    GradientCase.of(name).x(2, 3),
                    GradientCase.of(name).x(),
                    GradientCase.of(name).x(0, 2)));
    Stream<GradientCase> within =
        Stream.of("Asin", "Acos", "Atanh", "Tan")
            .map(name -> GradientCase.of(name).x(x -> 0.8 * Math.tanh(x), 3, 2));
    Stream<GradientCase> above =
        Stream.of("Sqrt", "Log", "Reciprocal", "Abs")
            .map(name -> GradientCase.of(name).positive(5));
    Stream<GradientCase> steps =
        Stream.of("Sign", "Floor", "Ceil", "Round").map(name -> GradientCase.of(name).spread(6));
    return Stream.of(
            everywhere,
            within,
            above,
            steps,
            Stream.of(
                GradientCase.of("Abs").spread(5), GradientCase.of("Acosh").x(x -> 1.5 + x * x, 4)))
        .flatMap(cases -> cases);
  }

  static Stream<GradientCase> activations() {
    List<GradientCase> smooth =
        List.of(
            GradientCase.of("Sigmoid"),
            GradientCase.of("Softplus"),
            GradientCase.of("Softsign"),
            GradientCase.of("Mish"),
            GradientCase.of("Elu"),
            GradientCase.of("Celu").set("alpha", 0.6f),
            GradientCase.of("Gelu"),
            GradientCase.of("Gelu").set("approximate", "tanh"),
            GradientCase.of("Swish").opset(24),
            GradientCase.of("Swish").opset(24).set("alpha", 1.4f),
            GradientCase.of("Softmax"),
            GradientCase.of("Softmax").set("axis", -2),
            GradientCase.of("Softmax").opset(11),
            GradientCase.of("LogSoftmax").set("axis", 0),
            GradientCase.of("LogSoftmax").opset(9).set("axis", 1));
    List<GradientCase> kinked =
        List.of(
            GradientCase.of("Relu"),
            GradientCase.of("LeakyRelu").set("alpha", 0.2f),
            GradientCase.of("Elu").set("alpha", 0.7f),
            GradientCase.of("Selu"),
            GradientCase.of("Selu").set("alpha", 1.2f).set("gamma", 0.8f),
            GradientCase.of("ThresholdedRelu").set("alpha", 0.4f),
            GradientCase.of("HardSigmoid").set("alpha", 0.9f),
            GradientCase.of("HardSwish"),
            GradientCase.of("Shrink").set("lambd", 0.4f).set("bias", 0.1f));
    return Stream.of(
            smooth.stream().map(test -> test.x(2, 3, 2)),
            smooth.stream().map(test -> test.x(0, 3, 2)),
            kinked.stream().map(test -> test.spread(2, 3, 2)),
            Stream.of(
                GradientCase.of("PRelu").spread(2, 3, 4).x(3, 1),
                GradientCase.of("PRelu").spread(2, 3, 4).x(1),
                GradientCase.of("PRelu").spread(2, 3, 4).x(4),
                GradientCase.of("PRelu").spread(2, 3, 4).x(2, 1, 4),
                GradientCase.of("PRelu").opset(6).spread(2, 3, 4).x(3)))
        .flatMap(cases -> cases);
  }

  static Stream<GradientCase> fusedActivations() {
    return Stream.of(
        ofMicrosoft("Gelu").x(2, 3),
        ofMicrosoft("FastGelu").x(2, 3),
        ofMicrosoft("FastGelu").x(2, 3).x(3),
        ofMicrosoft("BiasGelu").x(2, 3).x(3),
        ofMicrosoft("QuickGelu").x(2, 3));
  }

  static GradientCase ofMicrosoft(String operator) {
    return GradientCase.of("com.microsoft", operator, 1);
  }
}
