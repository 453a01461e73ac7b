package dev.swage.compress.speed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.compress.TestPlans;
import dev.swage.compress.plan.KeepReason;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.NodeChoice;
import dev.swage.compress.plan.NodeChoice.Keep;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.compress.plan.PlannedValue;
import dev.swage.compress.qdq.QdqModel;
import dev.swage.compress.speed.Attribution.Crossing;
import dev.swage.compress.speed.MixedModel.MixedNode;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.Range;
import dev.swage.run.time.NodeProfile;
import dev.swage.run.time.NodeProfile.TimedNode;
import dev.swage.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Graphs as ONNX Runtime makes them of {@code x → conv → relu → pool → last → y}. */
class AttributionTest {
  private static final QuantScheme CODES = QuantScheme.asymmetric(8, Granularity.perTensor());

  private final Node conv = Node.of("conv", "Conv", List.of("x", "w"), "c");
  private final Node relu = Node.of("relu", "Relu", List.of("c"), "r");
  private final Node pool = Node.of("pool", "MaxPool", List.of("r"), "p");
  private final Node last = Node.of("", "Conv", List.of("p", "w"), "y");
  private final OnnxModel model =
      OnnxModel.of(
          Graph.builder("net")
              .input(ValueInfo.batched("x", DType.FLOAT32, 3, 8, 8))
              .output(ValueInfo.batched("y", DType.FLOAT32, 3, 8, 8))
              .nodes(List.of(conv, relu, pool, last))
              .build());
  private final NodeGroups groups = new NodeGroups(model.graph(), mixed(true));

  private ModelPlan plan(boolean firstQuantized) {
    NodeChoice quantize = new NodeChoice.Static(List.of());
    NodeChoice keep = new Keep(KeepReason.NOT_WORTH_IT);
    return TestPlans.of(
        List.of(
            PlannedNode.of("conv", "Conv", firstQuantized ? quantize : keep),
            PlannedNode.of("relu", "Relu", firstQuantized ? new NodeChoice.Absorb("conv") : keep),
            PlannedNode.of("pool", "MaxPool", quantize),
            PlannedNode.of("y", "Conv", quantize)),
        List.of(value("x"), value("r"), value("p"), value("y")));
  }

  private static PlannedValue value(String name) {
    return new PlannedValue(name, new Range(0, 1), CODES, ScaleZeroPoint.of(0, 1, CODES), name, 40);
  }

  /** Every node written as it is. */
  private MixedModel mixed(boolean firstQuantized) {
    return MixedModel.of(
        model.graph(),
        new QdqModel(
            model, plan(firstQuantized), Map.of(), Map.of("conv", conv, "pool", pool, "y", last)));
  }

  private TaggedModel quantized(boolean firstQuantized) {
    return TaggedModel.mixed(mixed(firstQuantized), groups);
  }

  private static String tag(TaggedModel tagged, int node) {
    return tagged.model().graph().nodes().get(node).name();
  }

  private Attribution attribute(TaggedModel tagged, List<Node> run) {
    List<TimedNode> timed = new ArrayList<>();
    for (int i = 0; i < run.size(); i++) {
      timed.add(new TimedNode(run.get(i), 1 << i));
    }
    return new Attribution(tagged, groups, new NodeProfile(timed, 1));
  }

  @Test
  void reluBelongsToWhatAbsorbsIt() {
    assertThat(groups.groups()).hasSize(3);
    assertThat(groups.named("relu")).isEqualTo(groups.named("conv"));
    assertThat(groups.producer("r")).contains(groups.named("conv"));
    assertThat(groups.groups()).extracting(NodeGroup::name).containsExactly("conv", "pool", "y");
  }

  @Test
  void changesOfLayoutBelongToTheConvolutionThatNeedsThem() {
    TaggedModel floats = TaggedModel.floats(model, mixed(true), groups);
    Attribution attribution =
        attribute(
            floats,
            List.of(
                Node.of("ReorderInput", "ReorderInput", List.of("x"), "x_in"),
                // Named after what it writes: the Relu is fused into it.
                Node.of("r_nchwc_token_3", "Conv", List.of("x_in", "w"), "r_blocked"),
                Node.of("ReorderOutput", "ReorderOutput", List.of("r_blocked"), "r"),
                Node.of(tag(floats, 2) + "_token_4", "MaxPool", List.of("r"), "p"),
                Node.of("y_nchwc", "Conv", List.of("p", "w"), "y_blocked"),
                Node.of("ReorderOutput_1", "ReorderOutput", List.of("y_blocked"), "y")));
    assertThat(attribution.nodes()).isEqualTo(Map.of(0, 7.0, 1, 8.0, 2, 48.0));
    assertThat(attribution.crossings()).isEmpty();
  }

  @Test
  void conversionsBelongToTheValuesThatChangeSides() {
    TaggedModel codes = quantized(true);
    Attribution attribution =
        attribute(
            codes,
            List.of(
                Node.of("x_quantize", "QuantizeLinear", List.of("x", "s", "z"), "x_q"),
                Node.of("Transpose_token_1", "Transpose", List.of("x_q"), "x_last"),
                Node.of(tag(codes, 0), "QLinearConv", List.of("x_last", "s", "z"), "r_last"),
                Node.of(tag(codes, 2), "NhwcMaxPool", List.of("r_last"), "p_last"),
                Node.of(tag(codes, 3), "QLinearConv", List.of("p_last", "s", "z"), "y_last"),
                Node.of("Transpose_token_2", "Transpose", List.of("y_last"), "y_q"),
                Node.of("y_dequantize", "DequantizeLinear", List.of("y_q", "s", "z"), "y")));
    assertThat(attribution.nodes()).isEqualTo(Map.of(0, 4.0, 1, 8.0, 2, 16.0));
    assertThat(attribution.crossings())
        .isEqualTo(Map.of(new Crossing("x", true), 3.0, new Crossing("y", false), 96.0));
  }

  @Test
  void mixesConvertBetweenNodes() {
    TaggedModel mix = quantized(false);
    Attribution attribution =
        attribute(
            mix,
            List.of(
                Node.of(tag(mix, 0), "FusedConv", List.of("x", "w"), "r"),
                Node.of("r_quantize", "QuantizeLinear", List.of("r", "s", "z"), "r_q"),
                Node.of(tag(mix, 2), "MaxPool", List.of("r_q"), "p_q"),
                // Not fused: it computes floats, between conversions that are its own.
                Node.of("p_dequantize", "DequantizeLinear", List.of("p_q", "s", "z"), "p"),
                Node.of("w_dequantize", "DequantizeLinear", List.of("w_q", "s", "z"), "w2"),
                Node.of(tag(mix, 3), "Conv", List.of("p", "w2"), "y_float"),
                Node.of("y_quantize", "QuantizeLinear", List.of("y_float", "s", "z"), "y_q")));
    assertThat(attribution.nodes()).isEqualTo(Map.of(0, 1.0, 1, 4.0, 2, 56.0));
    assertThat(attribution.crossings())
        .isEqualTo(Map.of(new Crossing("r", true), 2.0, new Crossing("y", false), 64.0));
  }

  @Test
  void codesThatAreNotHandedOnAreMadeByEachReader() {
    Node first = Node.of("first", "MatMul", List.of("x", "w"), "f");
    Node second = Node.of("second", "MatMul", List.of("f", "w"), "y");
    OnnxModel products =
        model.withGraph(model.graph().toBuilder().nodes(List.of(first, second)).build());
    List<Node> integers = List.of(integer(first), integer(second));
    MixedModel dynamic =
        new MixedModel(
            products.withGraph(products.graph().toBuilder().nodes(integers).build()),
            List.of(
                new MixedNode("first", first, integers.get(0), true, Optional.empty()),
                new MixedNode("second", second, integers.get(1), true, Optional.empty())),
            List.of("x", "f"),
            false);
    NodeGroups pair = new NodeGroups(products.graph(), dynamic);
    TaggedModel tagged = TaggedModel.mixed(dynamic, pair);
    List<TimedNode> timed =
        List.of(
            new TimedNode(Node.of("", "DynamicQuantizeLinear", List.of("x"), "x_q", "x_s"), 1),
            new TimedNode(Node.of("", "MatMulIntegerToFloat", List.of("x_q", "x_s"), "f"), 2),
            new TimedNode(Node.of("", "DynamicQuantizeLinear", List.of("f"), "f_q", "f_s"), 4),
            new TimedNode(Node.of(tag(tagged, 1), "MatMulInteger", List.of("f_q"), "y_i"), 8),
            new TimedNode(Node.of("", "Cast", List.of("y_i"), "y_c"), 16),
            new TimedNode(Node.of("", "Mul", List.of("y_c", "f_s"), "y"), 32));
    Attribution attribution = new Attribution(tagged, pair, new NodeProfile(timed, 1));
    assertThat(attribution.nodes()).isEqualTo(Map.of(0, 2.0, 1, 56.0));
    assertThat(attribution.crossings())
        .isEqualTo(Map.of(new Crossing("x", true), 1.0, new Crossing("f", true), 4.0));
  }

  private static Node integer(Node product) {
    return Node.of(
        product.name(),
        "MatMulInteger",
        product.inputs(),
        product.outputs().getFirst() + "_integers");
  }
}
