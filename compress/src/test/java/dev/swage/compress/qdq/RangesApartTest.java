package dev.swage.compress.qdq;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.TestPlans;
import dev.swage.compress.diagnose.TestNetwork;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.range.MinMaxRange;
import dev.swage.run.ModelSession;
import dev.swage.run.SessionOptions;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values of very different ranges, put together or taken apart by nodes that only move codes. */
class RangesApartTest {
  private static final DataSource PICTURES = DataSource.open("random:1x6x8x8?n=6", Path.of(""));

  /** A model, and along which axis of its outputs each index is a quantity of its own. */
  record Case(String name, Graph graph, int axis) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Graph.Builder conv(
      Graph.Builder graph, String name, String x, double size, long outputs, long inputs) {
    Shape shape = Shape.of(outputs, inputs, 3, 3);
    float[] values = TestFloats.gaussian((int) shape.elements(), size, name.hashCode());
    return graph
        .node(
            Node.of(name, "Conv", List.of(x, name + ".w"), name + "_out")
                .with("pads", Attribute.ints(1, 1, 1, 1)))
        .initializer(name + ".w", Tensor.ofFloats(shape, values));
  }

  /** Two heads on one trunk, {@code box_out} and {@code score_out}, and {@code r} before them. */
  private static Graph.Builder heads(double boxes, double scores) {
    Graph.Builder graph =
        Graph.builder("heads").input(ValueInfo.batched("x", DType.FLOAT32, 6, 8, 8));
    conv(graph, "trunk", "x", 0.2, 8, 6).node(Node.of("relu", "Relu", List.of("trunk_out"), "r"));
    conv(graph, "box", "r", boxes, 4, 8);
    return conv(graph, "score", "r", scores, 3, 8);
  }

  private static Node concat(String result, int axis, String... operands) {
    return Node.of(result, "Concat", List.of(operands), result).with("axis", Attribute.of(axis));
  }

  private static Node transpose(String x, String result, long... permutation) {
    return Node.of(result, "Transpose", List.of(x), result)
        .with("perm", Attribute.ints(permutation));
  }

  private static Graph done(Graph.Builder graph, String... outputs) {
    for (String output : outputs) {
      graph.output(new ValueInfo(output, Optional.of(DType.FLOAT32), Optional.empty()));
    }
    return graph.build();
  }

  static Stream<Case> apart() {
    List<Case> cases = new ArrayList<>();
    for (double boxes : new double[] {5, 100}) {
      double scores = boxes / 2000;
      cases.add(
          new Case(
              "joined, transposed",
              done(
                  heads(boxes, scores)
                      .node(concat("c", 1, "box_out", "score_out"))
                      .node(transpose("c", "y", 0, 2, 3, 1)),
                  "y"),
              3));
      cases.add(
          new Case(
              "of a Sigmoid",
              done(
                  heads(boxes * 40, 0.05)
                      .node(Node.of("s", "Sigmoid", List.of("score_out"), "s"))
                      .node(concat("y", 1, "box_out", "s")),
                  "y"),
              1));
      cases.add(
          new Case(
              "joined twice",
              done(
                  heads(boxes, scores)
                      .node(concat("c", 1, "box_out", "box_out"))
                      .node(concat("y", -3, "score_out", "c")),
                  "y"),
              1));
      cases.add(
          new Case(
              "pooled and unsqueezed",
              done(
                  heads(boxes, scores)
                      .node(concat("c", 1, "score_out", "box_out"))
                      .node(
                          Node.of("p", "MaxPool", List.of("c"), "p")
                              .with("kernel_shape", Attribute.ints(2, 2)))
                      .node(transpose("p", "y", 1, 0, 3, 2)),
                  "y"),
              0));
      cases.add(
          new Case(
              "scaled after",
              done(
                  heads(boxes, scores)
                      .node(concat("c", 1, "score_out", "box_out"))
                      .node(Node.of("m", "Mul", List.of("c", "half"), "y"))
                      .initializer("half", Tensor.ofFloats(Shape.of(), 0.5f)),
                  "y"),
              1));
      cases.add(
          new Case(
              "beside a constant",
              done(
                  heads(scores, scores)
                      .node(concat("y", 1, "score_out", "grid"))
                      .initializer(
                          "grid",
                          Tensor.ofFloats(
                              Shape.of(1, 2, 8, 8), TestFloats.gaussian(128, 50 * boxes, 3))),
                  "y"),
              1));
      cases.add(new Case("taken apart", takenApart(boxes, scores), 1));
    }
    return cases.stream();
  }

  /** One convolution computes both, and a Split and a Slice part them. */
  private static Graph takenApart(double boxes, double scores) {
    Graph.Builder graph = heads(1, 1);
    float[] rows = TestFloats.gaussian(7 * 8 * 9, boxes, 9);
    for (int i = 4 * 8 * 9; i < rows.length; i++) {
      rows[i] *= (float) (scores / boxes);
    }
    return done(
        conv(graph, "both", "r", 1, 7, 8)
            .initializer("both.w", Tensor.ofFloats(Shape.of(7, 8, 3, 3), rows))
            .node(
                Node.of("part", "Split", List.of("both_out", "sizes"), "large", "small")
                    .with("axis", Attribute.of(1)))
            .initializer("sizes", Tensor.ofLongs(Shape.of(2), 4, 3))
            .node(transpose("small", "turned", 0, 1, 3, 2)),
        "large",
        "turned");
  }

  private static ModelPlan plan(OnnxModel model, QuantScheme codes) {
    return TestPlans.fixed(
        model.graph(),
        TestNetwork.observe(model, PICTURES),
        QdqOptions.of(new MinMaxRange()).withActivations(codes));
  }

  private static List<List<Tensor>> run(OnnxModel model) {
    List<List<Tensor>> samples = new ArrayList<>();
    try (ModelSession session =
        ModelSession.open("net", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      for (int sample = 0; sample < PICTURES.size(); sample++) {
        samples.add(session.run(PICTURES.batch(sample).inputs()));
      }
    }
    return samples;
  }

  /** The least decibels of an index of an axis, over all outputs. */
  private static double worst(OnnxModel model, OnnxModel small, int axis) {
    List<List<Tensor>> exact = run(model);
    List<List<Tensor>> coded = run(small);
    double worst = Double.POSITIVE_INFINITY;
    for (int output = 0; output < model.graph().outputs().size(); output++) {
      Shape shape = exact.getFirst().get(output).shape();
      int size = (int) shape.dim(axis);
      double[] signal = new double[size];
      double[] noise = new double[size];
      for (int sample = 0; sample < exact.size(); sample++) {
        float[] x = exact.get(sample).get(output).toFloats();
        float[] y = coded.get(sample).get(output).toFloats();
        for (int i = 0; i < x.length; i++) {
          int index = (int) (i / shape.inner(axis) % size);
          signal[index] += (double) x[i] * x[i];
          noise[index] += ((double) x[i] - y[i]) * ((double) x[i] - y[i]);
        }
      }
      for (int index = 0; index < size; index++) {
        worst = Math.min(worst, 10 * Math.log10(signal[index] / noise[index]));
      }
    }
    return worst;
  }

  @ParameterizedTest
  @MethodSource("apart")
  void everyQuantityKeepsItsVariation(Case given) {
    for (long opset : new long[] {13, 18}) {
      for (QuantScheme codes :
          List.of(
              QdqOptions.UNSIGNED,
              new QuantScheme(DType.INT8, 8, false, Granularity.perTensor()))) {
        OnnxModel model = OnnxModel.of(given.graph()).withOpset("", opset);
        OnnxModel small = QdqWriter.write(model, plan(model, codes)).model();
        assertThat(worst(model, small, given.axis()))
            .as("%s with %s", opset, codes.storage())
            .isGreaterThan(25);
      }
    }
  }

  private static NodeChoice choice(ModelPlan plan, String node) {
    return plan.nodes().stream()
        .filter(planned -> planned.name().equals(node))
        .map(PlannedNode::choice)
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.2, 1, 4})
  void aScaleThatCostsLittleIsShared(double ratio) {
    Graph graph =
        done(
            heads(1, ratio)
                .node(concat("c", 1, "box_out", "score_out"))
                .node(transpose("c", "y", 0, 2, 3, 1)),
            "y");
    OnnxModel model = OnnxModel.of(graph);
    ModelPlan plan = plan(model, QdqOptions.UNSIGNED);
    assertThat(choice(plan, "c")).isInstanceOf(NodeChoice.Static.class);
    assertThat(choice(plan, "y")).isInstanceOf(NodeChoice.Static.class);
    assertThat(worst(model, QdqWriter.write(model, plan).model(), 3)).isGreaterThan(20);
  }

  /** A product mixes all its inputs, and its operand has one scale whoever makes the codes. */
  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.06})
  void whatOnlyAProductReadsIsSharedDownToTenDecibels(double ratio) {
    Graph.Builder graph = heads(1, ratio).node(concat("c", 1, "box_out", "score_out"));
    Graph all = done(conv(graph, "last", "c", 0.2, 4, 7), "last_out");
    assertThat(choice(plan(OnnxModel.of(all), QdqOptions.UNSIGNED), "c"))
        .isInstanceOf(NodeChoice.Static.class);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.001, 0.00001})
  void theReasonNamesTheOperandThatWouldBeLost(double ratio) {
    Graph graph =
        done(
            heads(1, ratio)
                .node(concat("c", 1, "box_out", "score_out"))
                .node(transpose("c", "y", 0, 2, 3, 1)),
            "y");
    NodeChoice choice = choice(plan(OnnxModel.of(graph), QdqOptions.UNSIGNED), "c");
    assertThat(choice).isInstanceOf(Keep.class);
    Keep keep = (Keep) choice;
    assertThat(keep.reason()).isEqualTo(KeepReason.RANGES_APART);
    assertThat(keep.detail())
        .matches("'score_out' would have -?\\d+\\.\\d dB, with a scale of its own 4\\d\\.\\d");
    Graph.Builder read = heads(1, ratio).node(concat("c", 1, "box_out", "score_out"));
    ModelPlan lost =
        plan(
            OnnxModel.of(done(conv(read, "last", "c", 0.2, 4, 7), "last_out")),
            QdqOptions.UNSIGNED);
    assertThat(choice(lost, "c"))
        .isInstanceOfSatisfying(
            Keep.class, kept -> assertThat(kept.reason()).isEqualTo(KeepReason.EXPECTED_NOISE));
    assertThat(choice(lost, "score")).isInstanceOf(NodeChoice.Static.class);
  }
}
