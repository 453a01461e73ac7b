package dev.swage.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.calibrate.NothingToObserveException;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.Objective;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.proof.Proof;
import dev.swage.compress.proof.ProofOptions;
import dev.swage.data.DataSource;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.TestFloats;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models of which the larger part is inside an If. */
class BranchedModelsTest {
  @TempDir private Path folder;
  private Path model = Path.of("");
  private Path output = Path.of("");

  @BeforeEach
  void paths() {
    model = folder.resolve("branches.onnx");
    output = folder.resolve("small.onnx");
  }

  private static ModelQuantization small(QuantMode mode) {
    return ModelQuantization.of(QuantizeOptions.of(mode).withObjective(Objective.SIZE));
  }

  private static Tensor weight(int seed, long... dims) {
    Shape shape = Shape.of(dims);
    return Tensor.ofFloats(shape, TestFloats.gaussian((int) shape.elements(), 0.3, seed));
  }

  /** Writes a graph that takes one branch or the other by the size of its input. */
  private void write(Graph.Builder graph, Graph.Builder taken, Graph.Builder other) {
    graph
        .input(ValueInfo.batched("x", DType.FLOAT32, 16))
        .output(ValueInfo.batched("y", DType.FLOAT32, 20))
        .initializer("limit", Tensor.ofLongs(Shape.of(), 40))
        .node(Node.of("size", "Size", List.of("x"), "n"))
        .node(Node.of("many", "Greater", List.of("n", "limit"), "c"))
        .node(
            Node.of("either", "If", List.of("c"), "y")
                .with("then_branch", Attribute.of(taken.build()))
                .with("else_branch", Attribute.of(other.build())));
    OnnxWriter.write(OnnxModel.of(graph.build()).withOpset("", 13), model);
  }

  /** A branch that multiplies a value with the weight of its name. */
  private static Graph.Builder product(String name, String value) {
    return Graph.builder(name)
        .output(ValueInfo.batched(name + "_y", DType.FLOAT32, 20))
        .node(Node.of(name, "MatMul", List.of(value, name + "_w"), name + "_y"));
  }

  @Test
  void nodesInsideHaveOtherWaysThanStatic() {
    write(
        Graph.builder("branches"),
        product("then", "x").initializer("then_w", weight(1, 16, 20)),
        product("else", "x").initializer("else_w", weight(2, 16, 20)));
    QuantizeData rows = QuantizeData.of(DataSource.open("random:1x16?n=4", folder));
    assertThatThrownBy(() -> small(QuantMode.STATIC).convert(model, output, rows))
        .isInstanceOf(NothingToObserveException.class)
        .hasMessageContaining("has no float32 activation to observe in its main graph");
    Conversion done = small(QuantMode.MIXED).convert(model, output, rows);
    assertThat(done.planned().plan().nodes())
        .filteredOn(node -> node.choice() instanceof NodeChoice.Dynamic)
        .extracting(PlannedNode::name)
        .containsExactlyInAnyOrder("either/then_branch/then", "either/else_branch/else");
    assertThat(done.proof().leastSqnrDb().orElseThrow()).isGreaterThan(25);
  }

  /** Weights of the main graph that branches read become codes inside these, under their names. */
  @Test
  void layersAreComparedBesideBranchesThatCannotBe() {
    write(
        Graph.builder("branches")
            .initializer("w", weight(1, 16, 32))
            .initializer("then_w", weight(2, 32, 20))
            .initializer("else_w", weight(3, 32, 20))
            .node(Node.of("before", "MatMul", List.of("x", "w"), "h")),
        product("then", "h"),
        product("else", "h"));
    Conversion done =
        ModelQuantization.of(
                QuantizeOptions.of(QuantMode.WEIGHT_ONLY)
                    .withProof(ProofOptions.of(Proof.Depth.EVERYTHING)))
            .convert(model, output, QuantizeData.none());
    assertThat(done.planned().plan().quantized()).isEqualTo(3);
    assertThat(done.proof().layers())
        .filteredOn(layer -> layer.isolatedDb() < 100)
        .extracting(layer -> layer.node())
        .containsExactly("before");
  }
}
