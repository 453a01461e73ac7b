package dev.swage.compress.weights;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.WeightOnly;
import dev.swage.compress.plan.PlannedWeight;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.quant.Granularity;
import dev.swage.tensor.DType;
import dev.swage.testkit.onnx.RandomWeights;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GroupNeedTest {
  private static final Dim BATCH = new Dim.Symbolic("batch");
  private static final Dim NAMELESS = new Dim.Symbolic("");

  private static ValueInfo value(String name, DType type, Dim... dims) {
    return new ValueInfo(name, Optional.of(type), Optional.of(List.of(dims)));
  }

  private static Dim fixed(long size) {
    return new Dim.Fixed(size);
  }

  /** A cell written out in products: {@code h' = tanh(x W + h R)}. */
  private static Graph cell(ValueInfo state, ValueInfo next) {
    return Graph.builder("cell")
        .input(value("x", DType.FLOAT32, BATCH, fixed(128)))
        .input(state)
        .initializer("w", RandomWeights.of(1, 128, 64))
        .initializer("r", RandomWeights.of(2, 64, 64))
        .node(Node.of("in", "MatMul", List.of("x", "w"), "a"))
        .node(Node.of("again", "MatMul", List.of("h", "r"), "b"))
        .node(Node.of("sum", "Add", List.of("a", "b"), "c"))
        .node(Node.of("act", "Tanh", List.of("c"), "n"))
        .node(Node.of("out", "Sigmoid", List.of("n"), "y"))
        .output(value("y", DType.FLOAT32, BATCH, fixed(64)))
        .output(next)
        .build();
  }

  private static boolean isState(Dim[] fed, Dim[] given) {
    return GroupNeed.handsStateOn(
        cell(value("h", DType.FLOAT32, fed), value("n", DType.FLOAT32, given)));
  }

  @Test
  void aStateIsAnOutputLikeAnInput() {
    assertThat(isState(new Dim[] {BATCH, fixed(64)}, new Dim[] {BATCH, fixed(64)})).isTrue();
    assertThat(
            isState(
                new Dim[] {fixed(2), BATCH, fixed(64)},
                new Dim[] {new Dim.Symbolic("n0"), BATCH, new Dim.Symbolic("n2")}))
        .as("exporters give sizes names of their own")
        .isTrue();
    assertThat(isState(new Dim[] {BATCH, fixed(65)}, new Dim[] {BATCH, fixed(66)})).isFalse();
    assertThat(
            isState(
                new Dim[] {BATCH, fixed(4), new Dim.Symbolic("past"), fixed(8)},
                new Dim[] {BATCH, fixed(4), new Dim.Symbolic("total"), fixed(8)}))
        .as("a cache that grows is no state")
        .isFalse();
    assertThat(isState(new Dim[] {NAMELESS, NAMELESS}, new Dim[] {NAMELESS, NAMELESS})).isFalse();
  }

  @Test
  void integersAndModelsOfOneInputHaveNoState() {
    Graph whole =
        Graph.builder("filter")
            .input(value("x", DType.FLOAT32, BATCH, fixed(64)))
            .initializer("r", RandomWeights.of(2, 64, 64))
            .node(Node.of("p", "MatMul", List.of("x", "r"), "y"))
            .output(value("y", DType.FLOAT32, BATCH, fixed(64)))
            .build();
    assertThat(GroupNeed.handsStateOn(whole)).isFalse();
    assertThat(
            GroupNeed.handsStateOn(
                cell(
                    value("h", DType.INT64, BATCH, fixed(64)),
                    value("n", DType.INT64, BATCH, fixed(64)))))
        .isFalse();
  }

  /** Uniform weights of 128 inputs are well above 40 dB per channel, and below 46. */
  @Test
  void weightsOfAModelWithAStateGetGroupsSooner() {
    for (boolean stateful : new boolean[] {true, false}) {
      ValueInfo next = value("n", DType.FLOAT32, BATCH, fixed(stateful ? 64 : 65));
      ValueInfo state = value("h", DType.FLOAT32, BATCH, fixed(64));
      Graph graph =
          stateful
              ? cell(state, next)
              : Graph.builder("product")
                  .input(value("x", DType.FLOAT32, BATCH, fixed(128)))
                  .initializer("w", RandomWeights.of(1, 128, 64))
                  .node(Node.of("in", "MatMul", List.of("x", "w"), "y"))
                  .output(value("y", DType.FLOAT32, BATCH, fixed(64)))
                  .build();
      QuantizedModel int8 = WeightOnly.int8().apply(OnnxModel.of(graph));
      assertThat(int8.plan().weights())
          .filteredOn(PlannedWeight::isQuantized)
          .isNotEmpty()
          .allSatisfy(weight ->
              assertThat(weight.codes().getFirst().scheme().granularity())
                  .isInstanceOf(
                      stateful ? Granularity.PerGroup.class : Granularity.PerChannel.class));
    }
  }
}
