package dev.swage.train.torch;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of the operators that move, select, join and repeat elements are slopes. */
final class MovingGradientTest {
  private static Tensor longs(Shape shape, long... values) {
    return Tensor.ofLongs(shape, values);
  }

  private static Tensor bools(int... values) {
    return Tensor.ofBytes(DType.BOOL, Shape.of(values.length), values);
  }

  static List<GradientCase> layouts() {
    return List.of(
        GradientCase.of("Identity").x(2, 3),
        GradientCase.of("Flatten").set("axis", -1).x(2, 3, 4),
        GradientCase.of("Reshape").x(2, 6).longs(0, -1, 3),
        GradientCase.of("Reshape").set("allowzero", 1).x(0, 6).longs(3, 0),
        GradientCase.of("Transpose").x(2, 3, 4),
        GradientCase.of("Transpose").ints("perm", 1, 2, 0).x(2, 3, 4),
        GradientCase.of("Squeeze").x(2, 1, 3).longs(-2),
        GradientCase.of("Unsqueeze").x(2, 3).longs(-1, 0),
        GradientCase.of("DepthToSpace").set("blocksize", 2).x(1, 8, 2, 3),
        GradientCase.of("DepthToSpace").set("blocksize", 2).set("mode", "CRD").x(1, 8, 2, 3),
        GradientCase.of("SpaceToDepth").set("blocksize", 2).x(1, 2, 4, 6),
        GradientCase.of("Cast").set("to", 11).x(2, 3));
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void of_layouts(GradientCase test) {
    GradientCheck.run(test);
  }

  static List<GradientCase> joins() {
    return List.of(
        GradientCase.of("Concat").set("axis", -1).x(2, 3).x(2, 1).x(2, 0),
        GradientCase.of("Tile").x(2, 3).longs(2, 3),
        GradientCase.of("Expand").x(3, 1).longs(2, 1, 4),
        GradientCase.of("Split").outputs(3).set("axis", 1).set("num_outputs", 3).x(2, 7),
        GradientCase.of("Split").outputs(2).x(5, 2).longs(2, 3),
        GradientCase.of("Slice").x(5, 6).longs(-1, 1).longs(-100, 5).longs(0, 1).longs(-2, 2),
        GradientCase.of("Slice").x(4, 3).longs(4).longs(1).longs(0),
        GradientCase.of("Pad").x(2, 3).longs(1, -1, 0, 2),
        GradientCase.of("Pad").set("mode", "reflect").x(3, 4).longs(2, 1, 1, 3),
        GradientCase.of("Pad").set("mode", "edge").x(3, 4).longs(2, 1).none().longs(-1),
        GradientCase.of("Pad").set("mode", "wrap").x(3, 4).longs(3, 1, 1, 4),
        GradientCase.of("CenterCropPad").x(5, 4).longs(3, 7),
        GradientCase.of("Trilu").set("upper", 0).x(2, 4, 4).fixed(longs(Shape.of(), -1)),
        GradientCase.of("Col2Im")
            .ints("pads", 1, 0, 1, 0)
            .ints("strides", 2, 1)
            .x(1, 8, 9)
            .longs(5, 4)
            .longs(2, 2));
  }

  @ParameterizedTest
  @MethodSource("joins")
  void of_joins_and_parts(GradientCase test) {
    GradientCheck.run(test);
  }

  static List<GradientCase> selections() {
    return List.of(
        GradientCase.of("Gather").set("axis", -1).x(2, 5).fixed(longs(Shape.of(2, 2), 0, -1, 0, 3)),
        GradientCase.of("GatherElements")
            .set("axis", 1)
            .x(2, 3)
            .fixed(longs(Shape.of(2, 2), 0, -1, 1, 1)),
        GradientCase.of("GatherND").x(2, 3, 2).fixed(longs(Shape.of(2, 2), 0, 1, 1, -1)),
        GradientCase.of("GatherND")
            .set("batch_dims", 1)
            .x(2, 3, 2)
            .fixed(longs(Shape.of(2, 1), 1, 0)),
        GradientCase.of("ScatterElements")
            .set("axis", 1)
            .x(2, 4)
            .fixed(longs(Shape.of(2, 2), 1, -1, 0, 2))
            .x(2, 2),
        scatter("add"),
        scatter("mul"),
        scatter("max"),
        scatter("min"),
        GradientCase.of("ScatterND").x(4, 3).fixed(longs(Shape.of(2, 1), 3, 0)).x(2, 3),
        GradientCase.of("ScatterND")
            .set("reduction", "add")
            .x(4, 3)
            .fixed(longs(Shape.of(3, 2), 3, 0, 3, 0, 1, -1))
            .x(3),
        GradientCase.of("TensorScatter").opset(24).x(2, 5, 3).x(2, 2, 3).longs(1, 3),
        GradientCase.of("Compress").set("axis", 1).x(2, 4).fixed(bools(1, 0, 1)),
        GradientCase.of("ReverseSequence").x(4, 2, 3).longs(3, 2),
        GradientCase.of("OneHot").longs(1, -1, 7).longs(4).x(2),
        GradientCase.of("Unique").set("axis", 0).spread(3, 2));
  }

  private static GradientCase scatter(String reduction) {
    return GradientCase.of("ScatterElements")
        .set("reduction", reduction)
        .spread(3, 2)
        .fixed(longs(Shape.of(2, 2), 1, 0, 1, -1))
        .spread(2, 2);
  }

  @ParameterizedTest
  @MethodSource("selections")
  void of_selections(GradientCase test) {
    GradientCheck.run(test);
  }
}
