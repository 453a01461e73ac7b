package dev.swage.train.torch.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.swage.data.Batch;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import dev.swage.train.torch.TorchLoss;
import dev.swage.train.torch.TorchSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What is put together computes what the parts do, as ONNX Runtime says, and has their gradients;
 * what only looks alike stays as it is.
 */
final class FusionTest {
  private static final int WIDTH = 8;

  /** What exporters write. */
  enum Form {
    LAYER_NORM("LayerNormalization"),
    LAYER_NORM_BY_PRODUCT("LayerNormalization"),
    GELU_HALF_LAST("Gelu"),
    GELU_HALF_OF_INPUT("Gelu"),
    GELU_HALF_OF_SUM("Gelu"),
    ATTENTION("DotProductAttention"),
    ATTENTION_WITH_MASK("DotProductAttention"),
    LINEAR("Linear");

    private final String operator;

    Form(String operator) {
      this.operator = operator;
    }
  }

  private static final class Parts {
    private final Graph.Builder graph =
        Graph.builder("parts")
            .input(ValueInfo.batched("x", DType.FLOAT32, 4, WIDTH))
            .output(ValueInfo.batched("y", DType.FLOAT32, 4, WIDTH))
            .initializer("w", random(11, WIDTH, WIDTH))
            .initializer("b", random(12, WIDTH))
            .initializer("two", Tensor.ofFloats(Shape.of(), 2))
            .initializer("one", Tensor.ofFloats(Shape.of(), 1))
            .initializer("half", Tensor.ofFloats(Shape.of(), 0.5f))
            .initializer("root", Tensor.ofFloats(Shape.of(), (float) Math.sqrt(2)))
            .initializer("tiny", Tensor.ofFloats(Shape.of(), 1e-5f))
            .initializer("heads", Tensor.ofLongs(Shape.of(4), 0, 4, 2, 4))
            .initializer("joined", Tensor.ofLongs(Shape.of(3), 0, 4, 8))
            .initializer("scale", random(13, WIDTH))
            .initializer("shift", random(14, WIDTH));
    private int count;

    private static Tensor random(long seed, long... dims) {
      Shape shape = Shape.of(dims);
      return Tensor.ofFloats(
          shape, TestFloats.gaussian(Math.toIntExact(shape.elements()), 0.5, seed));
    }

    String add(String operator, String... inputs) {
      String result = "v" + count++;
      graph.node(Node.of("n" + result, operator, List.of(inputs), result));
      return result;
    }

    String with(String operator, String attribute, Attribute value, String... inputs) {
      String result = "v" + count++;
      graph.node(Node.of("n" + result, operator, List.of(inputs), result).with(attribute, value));
      return result;
    }

    /** A weight before, so that gradients go through what is put together. */
    String first() {
      return add("Add", add("MatMul", "x", "w"), "b");
    }

    Graph end(String value) {
      return graph.node(Node.of("end", "Identity", List.of(value), "y")).build();
    }
  }

  private static Attribute ints(long... values) {
    return new Attribute.IntsValue(java.util.Arrays.stream(values).boxed().toList());
  }

  private static Graph graph(Form form) {
    Parts p = new Parts();
    String x = p.first();
    return p.end(
        switch (form) {
          case LAYER_NORM -> layerNorm(p, x, false);
          case LAYER_NORM_BY_PRODUCT -> layerNorm(p, x, true);
          case GELU_HALF_LAST -> p.add("Mul", p.add("Mul", x, erf(p, x)), "half");
          case GELU_HALF_OF_INPUT -> p.add("Mul", p.add("Mul", x, "half"), erf(p, x));
          case GELU_HALF_OF_SUM -> p.add("Mul", x, p.add("Mul", "half", erf(p, x)));
          case ATTENTION -> attention(p, x, false);
          case ATTENTION_WITH_MASK -> attention(p, x, true);
          case LINEAR -> x;
        });
  }

  private static String layerNorm(Parts p, String x, boolean product) {
    String mean = p.with("ReduceMean", "axes", ints(-1), x);
    String centred = p.add("Sub", x, mean);
    String square = product ? p.add("Mul", centred, centred) : p.add("Pow", centred, "two");
    String variance = p.with("ReduceMean", "axes", ints(-1), square);
    String normal = p.add("Div", centred, p.add("Sqrt", p.add("Add", variance, "tiny")));
    return p.add("Add", p.add("Mul", normal, "scale"), "shift");
  }

  private static String erf(Parts p, String x) {
    return p.add("Add", p.add("Erf", p.add("Div", x, "root")), "one");
  }

  private static String attention(Parts p, String x, boolean masked) {
    String split = p.add("Reshape", x, "heads");
    String q = p.with("Transpose", "perm", ints(0, 2, 1, 3), split);
    String k = p.with("Transpose", "perm", ints(0, 2, 3, 1), split);
    String scores = p.add("Div", p.add("MatMul", q, k), "two");
    if (masked) {
      p.graph.initializer("mask", Tensor.ofFloats(Shape.of(1, 1, 1, 4), 0, -3.4e38f, 0, -1));
      scores = p.add("Add", scores, "mask");
    }
    String weights = p.with("Softmax", "axis", Attribute.of(-1L), scores);
    String heads = p.add("MatMul", weights, q);
    return p.add("Reshape", p.with("Transpose", "perm", ints(0, 2, 1, 3), heads), "joined");
  }

  private static List<String> operators(Graph graph) {
    return graph.nodes().stream().map(Node::opType).toList();
  }

  @ParameterizedTest
  @EnumSource
  void one_operator_stands_for_the_parts(Form form) {
    Graph graph = graph(form);
    Graph fused = Fusion.of(graph);
    assertThat(operators(fused)).containsOnlyOnce(form.operator);
    assertThat(fused.nodes().size()).isLessThan(graph.nodes().size());
    assertThat(operators(fused)).doesNotContain("Erf", "Softmax", "Sqrt");
  }

  private static final Tensor INPUT = Parts.random(21, 3, 4, WIDTH);

  @ParameterizedTest
  @EnumSource
  void outputs_are_those_of_onnx_runtime(Form form) {
    OnnxModel model = OnnxModel.of(graph(form)).withOpset("", 14);
    try (ModelSession runtime =
            ModelSession.open("parts", OnnxWriter.toBytes(model), SessionOptions.defaults());
        TorchSession ours = TorchSession.open(model, TorchSession.Head.OUTPUT, 0)) {
      float[] expected = runtime.run(List.of(INPUT)).getFirst().toFloats();
      assertThat(ours.outputs(List.of(INPUT)).getFirst().toFloats())
          .hasSameSizeAs(expected)
          .usingComparatorWithPrecision(2e-5f)
          .containsExactly(expected);
    }
  }

  /** A node that is read twice is not put together: this keeps the parts apart. */
  private static Graph apart(Graph graph) {
    List<Node> nodes = new ArrayList<>(graph.nodes());
    Graph.Builder builder = graph.toBuilder();
    for (Node node : graph.nodes()) {
      String output = node.outputs().getFirst();
      if (!output.equals("y")) {
        nodes.add(Node.of("also " + output, "Identity", List.of(output), "also " + output));
      }
    }
    return builder.nodes(nodes).build();
  }

  private static Map<String, float[]> gradients(Graph graph) {
    Map<String, float[]> gradients = new TreeMap<>();
    try (TorchSession session =
        TorchSession.open(OnnxModel.of(graph).withOpset("", 14), TorchSession.Head.OUTPUT, 0)) {
      session.beginStep();
      Tensor target = Parts.random(22, 3, 4, WIDTH);
      session.accumulate(
          new Batch(List.of(INPUT), Optional.of(target)), new TorchLoss.SquaredError(), 1);
      for (int i = 0; i < session.weights().size(); i++) {
        gradients.put(
            session.weights().get(i).name(), session.gradients().get(i).toArray(Tensor.LE_FLOAT));
      }
    }
    return gradients;
  }

  @ParameterizedTest
  @EnumSource
  void gradients_are_those_of_the_parts(Form form) {
    Graph graph = graph(form);
    assertThat(operators(Fusion.of(apart(graph)))).doesNotContain(form.operator);
    Map<String, float[]> expected = gradients(apart(graph));
    Map<String, float[]> got = gradients(graph);
    assertThat(got.keySet()).isEqualTo(expected.keySet()).contains("w", "b");
    expected.forEach((name, values) -> {
      float[] own = got.get(name);
      for (int i = 0; i < values.length; i++) {
        assertThat(own[i]).as(name).isCloseTo(values[i], within(1e-5f));
      }
    });
  }

  @Test
  void what_only_looks_alike_stays() {
    Parts p = new Parts();
    String x = p.first();
    String other = p.add("Mul", p.add("Mul", x, erf(p, x)), "two"); // not a half
    assertThat(operators(Fusion.of(p.end(other)))).contains("Erf");
    Parts q = new Parts();
    String y = q.first();
    String mean = q.with("ReduceMean", "axes", ints(1), y); // not the last axis
    String centred = q.add("Sub", y, mean);
    String variance = q.with("ReduceMean", "axes", ints(1), q.add("Pow", centred, "two"));
    String normal = q.add("Div", centred, q.add("Sqrt", q.add("Add", variance, "tiny")));
    String end = q.add("Add", q.add("Mul", normal, "scale"), "shift");
    assertThat(operators(Fusion.of(q.end(end)))).contains("Sqrt");
  }
}
