package dev.swage.train.torch;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of attention in its forms are slopes. */
final class AttentionGradientTest {
  private static final String RUNTIME = "com.microsoft";

  private static Tensor ints(Shape shape, int... values) {
    return Tensor.ofInts(shape, values);
  }

  private static Tensor bools(Shape shape, int... values) {
    return Tensor.ofBytes(DType.BOOL, shape, values);
  }

  private static GradientCase attention() {
    return GradientCase.of("Attention").opset(24);
  }

  static List<GradientCase> standard() {
    return List.of(
        attention().x(2, 2, 3, 4).x(2, 2, 5, 4).x(2, 2, 5, 3),
        attention().set("is_causal", 1).x(1, 2, 4, 4).x(1, 2, 4, 4).x(1, 2, 4, 4),
        attention().set("scale", 0.3f).x(1, 4, 3, 2).x(1, 2, 3, 2).x(1, 2, 3, 2),
        attention().set("q_num_heads", 4).set("kv_num_heads", 2).x(1, 3, 8).x(1, 5, 4).x(1, 5, 4),
        attention().x(1, 2, 3, 4).x(1, 2, 5, 4).x(1, 2, 5, 4).x(3, 5),
        attention()
            .x(1, 1, 2, 4)
            .x(1, 1, 3, 4)
            .x(1, 1, 3, 4)
            .fixed(bools(Shape.of(2, 3), 1, 0, 1, 0, 0, 0)),
        attention().set("softcap", 0.7f).x(1, 2, 3, 4).x(1, 2, 3, 4).x(1, 2, 3, 4),
        attention()
            .set("is_causal", 1)
            .outputs(3)
            .x(1, 2, 2, 4)
            .x(1, 2, 2, 4)
            .x(1, 2, 2, 4)
            .none()
            .x(1, 2, 3, 4)
            .x(1, 2, 3, 4),
        attention()
            .set("qk_matmul_output_mode", 3)
            .outputs("y", "", "", "scores")
            .x(1, 2, 3, 4)
            .x(1, 2, 3, 4)
            .x(1, 2, 3, 4),
        GradientCase.of("RotaryEmbedding").opset(23).x(1, 2, 3, 4).x(1, 3, 2).x(1, 3, 2),
        GradientCase.of("RotaryEmbedding")
            .opset(23)
            .set("interleaved", 1)
            .set("num_heads", 2)
            .x(1, 3, 8)
            .x(5, 2)
            .x(5, 2)
            .fixed(Tensor.ofLongs(Shape.of(1, 3), 4, 0, 2)));
  }

  @ParameterizedTest
  @MethodSource("standard")
  void of_onnx(GradientCase test) {
    GradientCheck.run(test);
  }

  private static GradientCase runtime(String operator) {
    return GradientCase.of(RUNTIME, operator, 1);
  }

  static List<GradientCase> contributed() {
    return List.of(
        runtime("Attention").set("num_heads", 2).x(2, 3, 4).x(4, 12).x(12),
        runtime("Attention")
            .set("num_heads", 2)
            .set("unidirectional", 1)
            .x(2, 3, 4)
            .x(4, 12)
            .x(12)
            .fixed(ints(Shape.of(2, 3), 1, 1, 0, 1, 1, 1)),
        runtime("Attention")
            .set("num_heads", 2)
            .outputs(2)
            .x(1, 2, 4)
            .x(4, 12)
            .x(12)
            .fixed(ints(Shape.of(1), 4))
            .x(2, 1, 2, 3, 2),
        runtime("MultiHeadAttention").set("num_heads", 2).x(1, 3, 4).x(1, 5, 4).x(1, 5, 4).x(12),
        runtime("MultiHeadAttention").set("num_heads", 2).x(1, 3, 2, 3, 4),
        runtime("GroupQueryAttention")
            .set("num_heads", 4)
            .set("kv_num_heads", 2)
            .outputs(3)
            .x(1, 3, 8)
            .x(1, 3, 4)
            .x(1, 3, 4)
            .none()
            .none()
            .fixed(ints(Shape.of(1), 2))
            .fixed(ints(Shape.of(1), 3)),
        runtime("EmbedLayerNormalization")
            .outputs("y", "", "sum")
            .fixed(ints(Shape.of(1, 3), 1, 0, 1))
            .fixed(ints(Shape.of(1, 3), 0, 1, 1))
            .x(2, 4)
            .x(5, 4)
            .x(2, 4)
            .x(4)
            .x(4));
  }

  @ParameterizedTest
  @MethodSource({"contributed", "dev.swage.train.torch.AttentionForms#masks"})
  void of_onnx_runtime(GradientCase test) {
    GradientCheck.run(test);
  }
}
