package dev.swage.train.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Quantizers are put in, read back, and taken out again. */
final class QuantizedGraphTest {
  /** A hidden value with two readers, and an output that another node reads. */
  private static OnnxModel model() {
    return OnnxModel.of(
        Graph.builder("g")
            .input(ValueInfo.batched("x", DType.FLOAT32, 2))
            .output(ValueInfo.batched("y", DType.FLOAT32, 2))
            .output(ValueInfo.batched("z", DType.FLOAT32, 2))
            .initializer("w", Tensor.ofFloats(Shape.of(2, 2), 0.5f, -1, 2, 0.25f))
            .initializer("w.scale", Tensor.ofFloats(Shape.of(2), 3, 4))
            .node(Node.of("product", "MatMul", List.of("x", "w"), "hidden"))
            .node(Node.of("scaled", "Mul", List.of("hidden", "w.scale"), "y"))
            .node(Node.of("sum", "Add", List.of("hidden", "y"), "z"))
            .build());
  }

  private static QuantizedGraph of(TrainedQuantizer... quantizers) {
    return QuantizedGraph.of(model(), List.of(quantizers), true);
  }

  private static TrainedQuantizer value(String name) {
    return QuantizedNets.activation(name, 8, 0.5f, 3, QuantizerMethod.LSQ);
  }

  private static Node named(OnnxModel model, String name) {
    return model.graph().nodes().stream()
        .filter(node -> node.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static void assertComesBack(QuantizedGraph graph) {
    assertThat(OnnxWriter.toBytes(graph.floats(graph.model()).withGraph(model().graph())))
        .isEqualTo(OnnxWriter.toBytes(model().withOpset(FakeQuantize.DOMAIN, 1)));
    Graph floats = graph.floats(graph.model()).graph();
    assertThat(floats.nodes()).isEqualTo(model().graph().nodes());
    assertThat(floats.initializers().keySet()).isEqualTo(model().graph().initializers().keySet());
    assertThat(floats.outputs()).isEqualTo(model().graph().outputs());
  }

  @Test
  void names_that_are_taken_are_left_alone() {
    QuantizedGraph graph = of(QuantizedNets.weight(model(), "w", 4, 1, QuantizerMethod.LSQ));
    Node quantizer = named(graph.model(), "w/fake-quantize");
    assertThat(quantizer.input(1)).isNotEqualTo("w.scale");
    assertThat(named(graph.model(), "scaled").input(1)).isEqualTo("w.scale");
    assertThat(named(graph.model(), "product").input(1)).isEqualTo(quantizer.outputs().getFirst());
    assertComesBack(graph);
  }

  @Test
  void all_readers_read_codes_or_only_those_that_are_named() {
    QuantizedGraph all = of(value("hidden"));
    String codes = named(all.model(), "hidden/fake-quantize").outputs().getFirst();
    assertThat(named(all.model(), "scaled").input(0)).isEqualTo(codes);
    assertThat(named(all.model(), "sum").input(0)).isEqualTo(codes);
    assertComesBack(all);
    QuantizedGraph some = of(QuantizedNets.with(value("hidden"), "hidden", Set.of("sum")));
    assertThat(named(some.model(), "scaled").input(0)).isEqualTo("hidden");
    assertThat(named(some.model(), "sum").input(0)).isNotEqualTo("hidden");
    assertComesBack(some);
  }

  @Test
  void an_output_that_becomes_codes_keeps_its_name() {
    QuantizedGraph graph = of(value("y"));
    assertThat(graph.model().graph().outputs()).isEqualTo(model().graph().outputs());
    assertThat(named(graph.model(), "y/fake-quantize").outputs()).containsExactly("y");
    assertThat(named(graph.model(), "sum").input(1)).isEqualTo("y");
    assertThat(named(graph.model(), "scaled").outputs()).doesNotContain("y");
    assertComesBack(graph);
  }

  @Test
  void an_input_becomes_codes() {
    QuantizedGraph graph = of(value("x"));
    assertThat(graph.model().graph().inputs()).isEqualTo(model().graph().inputs());
    assertThat(named(graph.model(), "product").input(0)).isNotEqualTo("x");
    assertComesBack(graph);
  }

  @Test
  void values_of_a_group_share_scale_and_zero_point() {
    QuantizedGraph graph = of(value("hidden"), QuantizedNets.with(value("y"), "hidden", Set.of()));
    Node first = named(graph.model(), "hidden/fake-quantize");
    Node second = named(graph.model(), "y/fake-quantize");
    assertThat(second.inputs().subList(1, 3)).isEqualTo(first.inputs().subList(1, 3));
    assertComesBack(graph);
  }

  @ParameterizedTest
  @EnumSource(QuantizerMethod.class)
  void untrained_they_are_read_back_as_they_were(QuantizerMethod method) {
    TrainedQuantizer weight = QuantizedNets.weight(model(), "w", 4, 1, method);
    TrainedQuantizer value = QuantizedNets.activation("hidden", 5, 0.25f, 7, method);
    QuantizedGraph graph = of(weight, value);
    List<TrainedQuantizer> back = graph.trained(graph.model());
    assertThat(back.get(0).params().scales()).containsExactly(weight.params().scales());
    assertThat(back.get(1).params().scales()).containsExactly(0.25f);
    assertThat(back.get(1).params().zeroPoints()).containsExactly(7);
  }

  @Test
  void what_was_trained_is_read_back_with_whole_zero_points() {
    QuantizedGraph graph = of(value("hidden"));
    Node node = named(graph.model(), "hidden/fake-quantize");
    Graph.Builder trained = graph.model().graph().toBuilder();
    trained.initializer(node.input(1), Tensor.ofFloats(Shape.of(), 0.75f));
    trained.initializer(node.input(2), Tensor.ofFloats(Shape.of(), 4.5f));
    TrainedQuantizer back = graph.trained(graph.model().withGraph(trained.build())).getFirst();
    assertThat(back.params().scales()).containsExactly(0.75f);
    assertThat(back.params().zeroPoints()).containsExactly(4);
    trained.initializer(node.input(1), Tensor.ofFloats(Shape.of(), -0.75f));
    OnnxModel spoilt = graph.model().withGraph(trained.build());
    assertThatThrownBy(() -> graph.trained(spoilt))
        .isInstanceOf(StepSizeException.class)
        .hasMessageStartingWith("the step size of 'hidden' became -0.75: ");
  }

  @Test
  void a_value_that_is_not_there_is_refused() {
    assertThatThrownBy(() -> of(value("nowhere")))
        .hasMessage("the model has no weight or value 'nowhere'");
  }
}
