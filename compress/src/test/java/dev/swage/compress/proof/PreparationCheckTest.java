package dev.swage.compress.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.ModelHash;
import dev.swage.compress.planner.SourceModel;
import dev.swage.compress.probe.ProbeSource;
import dev.swage.compress.probe.ValueRanges;
import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.graph.Prepared;
import dev.swage.graph.Rewrite;
import dev.swage.graph.RewriteKind;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelFile;
import dev.swage.run.RuntimeEvaluator;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.onnx.RandomWeights;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What preparing may change, and what not. */
class PreparationCheckTest {
  private static final int FLOAT = 1;

  @TempDir private Path folder;

  private ModelFile written(Graph graph) {
    Path file = folder.resolve("source.onnx");
    OnnxWriter.write(OnnxModel.of(graph).withOpset("", 17), file);
    return ModelFile.read(file);
  }

  /** Holds another graph against a file as if the file had been prepared to it. */
  private Optional<Agreement> check(ModelFile file, Graph prepared) {
    Prepared other =
        new Prepared(
            file.model().withGraph(prepared),
            List.of(new Rewrite(RewriteKind.NO_OP_REMOVED, List.of("n"), List.of(), "")));
    return check(new SourceModel(file, ModelHash.of(""), other));
  }

  private static Optional<Agreement> check(SourceModel source) {
    ProbeSource inputs =
        (ProbeSource) ProbeSource.find(source.file(), ValueRanges.unknown()).require(source.file());
    return PreparationCheck.of(source, inputs.samples(), TrialModels.anywhere());
  }

  /** A product in one type of floating point, its result in that type or in another. */
  private static Graph product(int type, DType dtype, DType output, float factor) {
    boolean same = dtype == output;
    Graph.Builder builder =
        Graph.builder("product")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(3, 40)))
            .output(ValueInfo.of("y", output, Shape.of(3, 8)))
            .initializer("w", RandomWeights.of(1, 40, 8))
            .initializer("factor", Tensor.ofFloats(Shape.of(), factor))
            .node(Node.of("scale", "Mul", List.of("w", "factor"), "v"))
            .node(Node.of("cx", "Cast", List.of("x"), "xt").with("to", Attribute.of(type)))
            .node(Node.of("cw", "Cast", List.of("v"), "wt").with("to", Attribute.of(type)))
            .node(Node.of("product", "MatMul", List.of("xt", "wt"), same ? "y" : "h"));
    return same
        ? builder.build()
        : builder
            .node(Node.of("out", "Cast", List.of("h"), "y").with("to", Attribute.of(FLOAT)))
            .build();
  }

  /** Factors of rounding and of damage, for each type; also where the output is in another. */
  @ParameterizedTest
  @CsvSource({
    "1, FLOAT32, FLOAT32, 1.0001, 1.005",
    "10, FLOAT16, FLOAT16, 1.005, 1.1",
    "10, FLOAT16, FLOAT32, 1.005, 1.1",
    "11, FLOAT64, FLOAT64, 1.0001, 1.005"
  })
  void roundingIsToldFromDamageInEveryType(
      int type, DType dtype, DType output, float rounding, float damage) {
    ModelFile file = written(product(type, dtype, output, 1));
    Agreement fine = check(file, product(type, dtype, output, rounding)).orElseThrow();
    assertThat(fine.maxRelativeDifference()).isPositive();
    assertThat(fine.runtimeDifference()).isEmpty();
    assertThatThrownBy(() -> check(file, product(type, dtype, output, damage)))
        .isInstanceOf(CompressException.class)
        .hasMessageStartingWith(file.path() + ": preparing it changes output 'y' by ")
        .hasMessageEndingWith(
            "use the model as it is (--no-prepare), or export it at a later operator set");
  }

  /** Types that nothing is computed in are no reason to be lenient. */
  @Test
  void storedTypesDoNotCount() {
    assertThat(RoundingTolerance.of(product(FLOAT, DType.FLOAT32, DType.FLOAT32, 1)))
        .isEqualTo(RoundingTolerance.FLOAT32);
    Graph stored =
        product(FLOAT, DType.FLOAT32, DType.FLOAT32, 1).toBuilder()
            .initializer("half", Tensor.ofBytes(DType.FLOAT16, Shape.of(1), 0))
            .build();
    assertThat(RoundingTolerance.of(stored)).isEqualTo(RoundingTolerance.FLOAT32);
  }

  /** Labels: some may fall the other way in a large picture, most may not. */
  @ParameterizedTest
  @ValueSource(floats = {0.5f, -1})
  void labelsAreCounted(float factor) {
    ModelFile file = written(labels(1));
    assertThat(check(file, labels(1)).orElseThrow().maxRelativeDifference()).isZero();
    if (factor < 0) {
      assertThatThrownBy(() -> check(file, labels(factor)))
          .isInstanceOf(CompressException.class)
          .hasMessageContaining("changes output 'y' by ");
    } else {
      assertThat(check(file, labels(factor)).orElseThrow().maxRelativeDifference()).isZero();
    }
  }

  private static Graph labels(float factor) {
    return Graph.builder("labels")
        .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(50, 8)))
        .output(ValueInfo.of("y", DType.INT64, Shape.of(50, 1)))
        .initializer("factor", Tensor.ofFloats(Shape.of(), factor))
        .node(Node.of("scale", "Mul", List.of("x", "factor"), "h"))
        .node(Node.of("best", "ArgMax", List.of("h"), "y").with("axis", Attribute.of(1)))
        .build();
  }

  /**
   * The difference of a normalized convolution and the same with the normalization in its weights:
   * nothing but rounding. ONNX Runtime's optimizer makes other digits of it than the file has, and
   * so does preparing.
   */
  @ParameterizedTest
  @CsvSource({"4, 6, 9", "3, 16, 20", "8, 8, 7"})
  void whatIsRoundingAloneMayChange(int in, int out, int side) {
    float[] scale = new float[out];
    float[] variance = new float[out];
    for (int i = 0; i < out; i++) {
      scale[i] = 0.7f + 0.13f * i;
      variance[i] = 1.3f + 0.31f * i;
    }
    Tensor weight = RandomWeights.of(1, out, in, 3, 3);
    float[] folded = weight.toFloats();
    for (int i = 0; i < folded.length; i++) {
      int channel = i / (folded.length / out);
      folded[i] *= (float) (scale[channel] / Math.sqrt(variance[channel] + 1e-5));
    }
    Tensor zeros = Tensor.ofFloats(Shape.of(out), new float[out]);
    Graph graph =
        Graph.builder("rounding")
            .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(1, in, side, side)))
            .output(ValueInfo.of("y", DType.FLOAT32, Shape.of(1, out, side - 2, side - 2)))
            .output(ValueInfo.of("near", DType.FLOAT32, Shape.of(1, out, side - 2, side - 2)))
            .initializer("w", weight)
            .initializer("v", Tensor.ofFloats(weight.shape(), folded))
            .initializer("scale", Tensor.ofFloats(Shape.of(out), scale))
            .initializer("variance", Tensor.ofFloats(Shape.of(out), variance))
            .initializer("zeros", zeros)
            .node(Node.of("conv", "Conv", List.of("x", "w"), "h"))
            .node(
                Node.of(
                    "normal",
                    "BatchNormalization",
                    List.of("h", "scale", "zeros", "zeros", "variance"),
                    "y"))
            .node(Node.of("other", "Conv", List.of("x", "v"), "z"))
            .node(Node.of("less", "Sub", List.of("y", "z"), "near"))
            .build();
    ModelFile file = written(graph);
    Prepared prepared =
        Preparation.of(file.model(), PreparationOptions.defaults(), new RuntimeEvaluator());
    assertThat(prepared.counts()).containsKey(RewriteKind.BATCH_NORMALIZATION_FOLDED);
    SourceModel source = new SourceModel(file, ModelHash.of(""), prepared);
    Agreement agreement = check(source).orElseThrow();
    assertThat(agreement.worstOutput()).isEqualTo("near");
    assertThat(agreement.maxRelativeDifference()).isGreaterThan(RoundingTolerance.FLOAT32);
    assertThat(agreement.runtimeDifference().orElseThrow()).isGreaterThan(0.1);
    // Damage to the other output is none that the optimizer does.
    Graph damaged =
        prepared.model().graph().toBuilder()
            .node(Node.of("twice", "Add", List.of("y", "y"), "y2"))
            .build();
    Graph swapped =
        damaged.toBuilder()
            .outputs(
                List.of(
                    ValueInfo.of("y2", DType.FLOAT32, Shape.of(1, out, side - 2, side - 2)),
                    graph.outputs().get(1)))
            .build();
    assertThatThrownBy(() -> check(file, swapped))
        .isInstanceOf(CompressException.class)
        .hasMessageStartingWith(file.path() + ": preparing it changes output 'y' by 1.00 of");
  }
}
