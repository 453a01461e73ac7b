package dev.swage.train.torch;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients through branches and loops are slopes, and outputs are those of ONNX Runtime. */
final class LoopGradientTest {
  private static final Tensor TRUE = Tensor.ofBytes(DType.BOOL, Shape.of(), 1);

  private static ValueInfo value(String name, DType type, long... dims) {
    return ValueInfo.of(name, type, Shape.of(dims));
  }

  private static ValueInfo open(String name) {
    return new ValueInfo(name, Optional.empty(), Optional.empty());
  }

  /**
   * {@code s ← tanh(s · w)}, w from around; also gives each s, and stops after a trip of its own.
   */
  private static Graph body(int lastTrip) {
    return Graph.builder("body")
        .input(value("trip", DType.INT64))
        .input(value("goes", DType.BOOL))
        .input(open("s"))
        .initializer("last", Tensor.ofLongs(Shape.of(), lastTrip))
        .node(Node.of("a", "Mul", List.of("s", "x3"), "product"))
        .node(Node.of("b", "Tanh", List.of("product"), "next"))
        .node(Node.of("c", "Identity", List.of("next"), "shown"))
        .node(Node.of("d", "Less", List.of("trip", "last"), "more"))
        .output(value("more", DType.BOOL))
        .output(open("next"))
        .output(open("shown"))
        .build();
  }

  private static GradientCase loop(long trips, int lastTrip) {
    return GradientCase.of("Loop")
        .outputs(2)
        .attribute("body", new Attribute.GraphValue(body(lastTrip)))
        .fixed(Tensor.ofLongs(Shape.of(), trips))
        .fixed(TRUE)
        .x(2, 3)
        .x(3);
  }

  private static Graph branch(String operator) {
    return Graph.builder(operator)
        .node(Node.of("n", operator, List.of("x1"), "z"))
        .output(open("z"))
        .build();
  }

  private static GradientCase branch(int condition) {
    return GradientCase.of("If")
        .attribute("then_branch", new Attribute.GraphValue(branch("Tanh")))
        .attribute("else_branch", new Attribute.GraphValue(branch("Exp")))
        .fixed(Tensor.ofBytes(DType.BOOL, Shape.of(1), condition))
        .x(2, 3);
  }

  /** {@code s ← s · x + s}, and each s. */
  private static GradientCase scan(long backwards) {
    Graph body =
        Graph.builder("body")
            .input(open("s"))
            .input(open("x"))
            .node(Node.of("a", "Mul", List.of("s", "x"), "product"))
            .node(Node.of("b", "Add", List.of("product", "s"), "next"))
            .node(Node.of("c", "Identity", List.of("next"), "shown"))
            .output(open("next"))
            .output(open("shown"))
            .build();
    return GradientCase.of("Scan")
        .outputs(2)
        .attribute("body", new Attribute.GraphValue(body))
        .set("num_scan_inputs", 1)
        .ints("scan_input_axes", 1)
        .ints("scan_input_directions", backwards)
        .ints("scan_output_axes", -1)
        .ints("scan_output_directions", 1 - backwards)
        .x(2)
        .x(2, 4);
  }

  static List<GradientCase> cases() {
    return List.of(branch(1), branch(0), scan(0), scan(1));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void of_branches_and_scans(GradientCase test) {
    GradientCheck.run(test);
    ForwardCheck.run(test);
  }

  @ParameterizedTest
  @MethodSource("loops")
  void of_loops(GradientCase test) {
    GradientCheck.run(test);
  }

  static List<GradientCase> loops() {
    return List.of(loop(3, 100), loop(100, 2), loop(1, 0));
  }
}
