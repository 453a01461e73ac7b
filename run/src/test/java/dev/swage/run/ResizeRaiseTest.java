package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.graph.Prepared;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Resize and Upsample of old operator sets, raised: every element as before. */
class ResizeRaiseTest {
  private static final float[] SCALES = {2, 0.5f, 1.7f, 0.6f, 1, 1.25f};

  static final List<Shape> SIZES =
      List.of(
          Shape.of(1, 2, 4, 5),
          Shape.of(1, 1, 1, 1),
          Shape.of(2, 1, 7, 3),
          Shape.of(1, 1, 13, 32),
          Shape.of(1, 1, 3, 101));

  /** Where the scales come from. */
  private enum Scales {
    CONSTANT,
    FED
  }

  static Stream<Arguments> tfHalfPixels() {
    List<Arguments> cases = new ArrayList<>();
    for (Shape size : SIZES) {
      for (String rounding : List.of("floor", "round_prefer_floor", "")) {
        cases.add(Arguments.of(size, rounding));
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}, rounding ''{1}''")
  @MethodSource("tfHalfPixels")
  void tfHalfPixelIsHalfPixelWithAnotherRounding(Shape size, String rounding) {
    for (Scales from : Scales.values()) {
      for (float height : SCALES) {
        for (float width : SCALES) {
          Node node = tfHalfPixel();
          same(
              11,
              rounding.isEmpty() ? node : node.with("nearest_mode", Attribute.of(rounding)),
              from,
              size,
              height,
              width);
        }
      }
    }
  }

  private static Node tfHalfPixel() {
    return Node.of("n", "Resize", List.of("x", "roi", "s"), "y")
        .with("mode", Attribute.of("nearest"))
        .with("coordinate_transformation_mode", Attribute.of("tf_half_pixel_for_nn"));
  }

  @ParameterizedTest
  @FieldSource("SIZES")
  void resize10(Shape size) {
    for (Scales from : Scales.values()) {
      for (String mode : List.of("nearest", "linear")) {
        for (float height : SCALES) {
          for (float width : SCALES) {
            if (isCopied(size, height, width)) {
              continue;
            }
            Node node =
                Node.of("n", "Resize", List.of("x", "s"), "y").with("mode", Attribute.of(mode));
            same(10, node, from, size, height, width);
          }
        }
      }
    }
  }

  /**
   * Whether one axis is enlarged, the other shrunken, and one of both keeps its size all the same:
   * ONNX Runtime copies an image whose size stays, and does so only where all axes stay.
   */
  private static boolean isCopied(Shape size, float height, float width) {
    return (height < 1 && width > 1 && sameSize(size, height, width))
        || (height > 1 && width < 1 && sameSize(size, height, width));
  }

  private static boolean sameSize(Shape size, float height, float width) {
    return (long) (size.dim(2) * height) == size.dim(2)
        || (long) (size.dim(3) * width) == size.dim(3);
  }

  @ParameterizedTest
  @FieldSource("SIZES")
  void upsample9(Shape size) {
    for (Scales from : Scales.values()) {
      for (String mode : List.of("nearest", "linear")) {
        for (float scale : new float[] {1, 2, 1.7f, 3}) {
          Node node =
              Node.of("n", "Upsample", List.of("x", "s"), "y").with("mode", Attribute.of(mode));
          same(9, node, from, size, 1, scale);
          same(9, node, from, size, 2, scale);
        }
      }
    }
  }

  @ParameterizedTest
  @FieldSource("SIZES")
  void upsample7(Shape size) {
    for (float scale : new float[] {1, 2, 1.7f, 3}) {
      Node node =
          Node.of("n", "Upsample", List.of("x"), "y")
              .with("scales", Attribute.floats(List.of(1f, 1f, scale, 2f)));
      same(7, node, Scales.CONSTANT, size, 1, 1);
    }
  }

  /** An Upsample never shrinks: it is one node after all. */
  @Test
  void anUpsampleOfComputedScalesIsOneResize() {
    Node node = Node.of("n", "Upsample", List.of("x", "s"), "y");
    Graph graph = raised(model(9, node, Scales.FED, SIZES.getFirst(), 2, 2), 13).graph();
    assertThat(graph.nodes()).extracting(Node::opType).containsExactly("Resize");
  }

  @ParameterizedTest
  @MethodSource("dead")
  void whatHasNoOtherFormSaysSo(Node node, String reason) {
    assertThatThrownBy(() -> raised(model(11, node, Scales.FED, SIZES.getFirst(), 2, 2), 13))
        .isInstanceOf(OnnxException.class)
        .hasMessage(
            "node 'n' (Resize) cannot be raised to opset 13: tf_half_pixel_for_nn is gone, and has"
                + " no other form "
                + reason
                + "; export the model at opset 13 or later");
  }

  static Stream<Arguments> dead() {
    return Stream.of(
        Arguments.of(
            tfHalfPixel().with("nearest_mode", Attribute.of("ceil")), "that rounds by ceil"),
        Arguments.of(tfHalfPixel().with("mode", Attribute.of("linear")), "in mode linear"));
  }

  private static void same(
      long opset, Node node, Scales from, Shape size, float height, float width) {
    OnnxModel model = model(opset, node, from, size, height, width);
    List<Tensor> inputs = new ArrayList<>(List.of(image(size)));
    if (from == Scales.FED) {
      inputs.add(scales(height, width));
    }
    Optional<Tensor> before = run(model, inputs);
    for (long target : new long[] {13, 21}) {
      Optional<Tensor> after = run(raised(model, target), inputs);
      assertThat(after.map(Tensor::shape)).isEqualTo(before.map(Tensor::shape));
      if (before.isPresent()) {
        assertThat(after.orElseThrow().toFloats())
            .as("scales %s and %s to opset %d", height, width, target)
            .containsExactly(before.get().toFloats());
      }
    }
  }

  private static OnnxModel raised(OnnxModel model, long opset) {
    Prepared prepared =
        Preparation.of(
            model, PreparationOptions.defaults().withOpset(opset), new RuntimeEvaluator());
    return prepared.model();
  }

  private static OnnxModel model(
      long opset, Node node, Scales from, Shape size, float height, float width) {
    Graph.Builder graph =
        Graph.builder("g")
            .input(ValueInfo.of("x", DType.FLOAT32, size))
            .node(node)
            .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()));
    if (node.inputs().contains("roi")) {
      graph.initializer("roi", Tensor.ofFloats(Shape.of(0)));
    }
    if (node.inputs().contains("s")) {
      if (from == Scales.FED) {
        graph.input(ValueInfo.of("s", DType.FLOAT32, Shape.of(4)));
      } else {
        graph.initializer("s", scales(height, width));
      }
    }
    return OnnxModel.of(graph.build()).withOpset("", opset).withIrVersion(4);
  }

  private static Tensor scales(float height, float width) {
    return Tensor.ofFloats(Shape.of(4), 1, 1, height, width);
  }

  private static Tensor image(Shape shape) {
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i * 1.7 + 0.3);
    }
    return Tensor.ofFloats(shape, values);
  }

  /** Empty where ONNX Runtime does not run it: an image of no elements. */
  private static Optional<Tensor> run(OnnxModel model, List<Tensor> inputs) {
    try (ModelSession session =
        ModelSession.open("m", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      return Optional.of(session.run(inputs).getFirst());
    } catch (RunException e) {
      return Optional.empty();
    }
  }
}
