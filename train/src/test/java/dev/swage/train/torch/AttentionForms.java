package dev.swage.train.torch;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;

/** Forms of ONNX Runtime's attention: masks, caches, rotated positions. */
final class AttentionForms {
  private AttentionForms() {}

  private static GradientCase runtime(String operator) {
    return GradientCase.of("com.microsoft", operator, 1);
  }

  private static GradientCase merged() {
    return runtime("Attention").set("num_heads", 2).x(2, 3, 4).x(4, 12).x(12);
  }

  private static GradientCase separate() {
    return runtime("MultiHeadAttention").set("num_heads", 2).x(2, 3, 8).x(2, 5, 8).x(2, 5, 8);
  }

  /** Four heads of queries over two of keys, 16 wide. */
  private static GradientCase grouped(long queries) {
    return runtime("GroupQueryAttention")
        .set("num_heads", 4)
        .set("kv_num_heads", 2)
        .outputs(3)
        .x(2, queries, 64)
        .x(2, queries, 32)
        .x(2, queries, 32);
  }

  private static Tensor ints(Shape shape, int... values) {
    return Tensor.ofInts(shape, values);
  }

  static List<GradientCase> masks() {
    return List.of(
        merged().fixed(ints(Shape.of(2), 2, 3)),
        merged().fixed(ints(Shape.of(4), 3, 2, 1, 0)),
        merged().fixed(ints(Shape.of(2, 3), 1, 0, 1, 1, 1, 0)),
        merged()
            .fixed(ints(Shape.of(2, 3, 3), 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0)),
        merged().set("unidirectional", 1).fixed(ints(Shape.of(2), 2, 3)),
        merged().set("scale", 0.2f).none().none().x(1, 2, 3, 3),
        runtime("Attention")
            .set("num_heads", 2)
            .ints("qkv_hidden_sizes", 4, 4, 6)
            .x(2, 3, 5)
            .x(5, 14)
            .x(14),
        merged()
            .outputs(2)
            .fixed(ints(Shape.of(2, 5), 1, 1, 0, 1, 1, 0, 1, 1, 1, 1))
            .x(2, 2, 2, 2, 2),
        separate().x(24).fixed(ints(Shape.of(2), 4, 5)),
        separate().none().fixed(ints(Shape.of(2, 5), 1, 1, 0, 1, 1, 0, 1, 1, 1, 1)),
        separate().set("scale", 0.7f).none().none().x(1, 2, 3, 5),
        separate().outputs(3).none().none().none().x(2, 2, 4, 4).x(2, 2, 4, 4),
        runtime("MultiHeadAttention")
            .set("num_heads", 2)
            .set("unidirectional", 1)
            .x(2, 4, 8)
            .x(2, 4, 8)
            .x(2, 4, 8),
        runtime("MultiHeadAttention").set("num_heads", 2).x(2, 3, 8).x(2, 2, 5, 4).x(2, 2, 5, 4));
  }

  static List<GradientCase> groups() {
    Tensor cosines = Tensor.ofFloats(Shape.of(6, 8), table(0.3f));
    Tensor sines = Tensor.ofFloats(Shape.of(6, 8), table(0.7f));
    return List.of(
        grouped(4).none().none().fixed(ints(Shape.of(2), 3, 3)).fixed(ints(Shape.of(1), 4)),
        grouped(4)
            .set("local_window_size", 2)
            .none()
            .none()
            .fixed(ints(Shape.of(2), 3, 3))
            .fixed(ints(Shape.of(1), 4)),
        grouped(4)
            .set("softcap", 0.5f)
            .none()
            .none()
            .fixed(ints(Shape.of(2), 3, 3))
            .fixed(ints(Shape.of(1), 4)),
        grouped(1)
            .x(2, 2, 3, 16)
            .x(2, 2, 3, 16)
            .fixed(ints(Shape.of(2), 3, 3))
            .fixed(ints(Shape.of(1), 4)),
        grouped(1)
            .set("do_rotary", 1)
            .x(2, 2, 3, 16)
            .x(2, 2, 3, 16)
            .fixed(ints(Shape.of(2), 3, 3))
            .fixed(ints(Shape.of(1), 4))
            .fixed(cosines)
            .fixed(sines),
        grouped(4)
            .set("do_rotary", 1)
            .set("rotary_interleaved", 1)
            .none()
            .none()
            .fixed(ints(Shape.of(2), 3, 3))
            .fixed(ints(Shape.of(1), 4))
            .fixed(cosines)
            .fixed(sines),
        runtime("RotaryEmbedding")
            .x(2, 3, 32)
            .fixed(Tensor.ofLongs(Shape.of(2, 3), 0, 1, 2, 3, 4, 5))
            .fixed(cosines)
            .fixed(sines),
        runtime("RotaryEmbedding")
            .set("interleaved", 1)
            .x(2, 2, 3, 16)
            .fixed(Tensor.ofLongs(Shape.of(1), 2))
            .fixed(cosines)
            .fixed(sines));
  }

  private static float[] table(float step) {
    float[] values = new float[48];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.cos(step * i);
    }
    return values;
  }
}
