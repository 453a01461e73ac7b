package dev.swage.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Function;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What becomes of calls of functions, and which are refused, without a runtime. */
class FunctionCallsTest {
  private static final PreparationOptions SIMPLE = PreparationOptions.defaults();

  private final Graph.Builder graph =
      Graph.builder("g")
          .input(ValueInfo.of("x", DType.FLOAT32, Shape.of(2, 3)))
          .output(new ValueInfo("y", Optional.of(DType.FLOAT32), Optional.empty()));

  private final List<Function> functions = new ArrayList<>();

  private static ValueInfo untyped(String name) {
    return new ValueInfo(name, Optional.empty(), Optional.empty());
  }

  private static Node node(String op, String inputs, String outputs) {
    return new Node("", op, "", split(inputs), split(outputs), Map.of());
  }

  private static Node call(String op, String inputs, String outputs) {
    return new Node("call", op, "local", split(inputs), split(outputs), Map.of());
  }

  private static List<String> split(String list) {
    return list.isEmpty() ? List.of() : Arrays.asList(list.split(",", -1));
  }

  private void function(String name, long opset, String inputs, String outputs, Node... nodes) {
    Graph.Builder body = Graph.builder(name).nodes(List.of(nodes));
    split(inputs).forEach(input -> body.input(untyped(input)));
    split(outputs).forEach(output -> body.output(untyped(output)));
    functions.add(
        Function.of(
            new Function.Key("local", name, ""),
            Map.of("", opset, "local", 1L, "custom", opset),
            body.build()));
  }

  private OnnxModel model(long opset, Node... nodes) {
    return OnnxModel.of(graph.nodes(List.of(nodes)).build())
        .withOpset("", opset)
        .withOpset("local", 1)
        .withFunctions(functions);
  }

  private static OnnxModel prepared(OnnxModel model) {
    return Preparation.of(model, SIMPLE, GraphEvaluator.none()).model();
  }

  private void refused(String message, long opset, Node... nodes) {
    OnnxModel model = model(opset, nodes);
    assertThatThrownBy(() -> prepared(model)).isInstanceOf(OnnxException.class).hasMessage(message);
  }

  private static Node constant(String output, Attribute value) {
    return node("Constant", "", output).with("value", value);
  }

  /** One tensor for all calls, and no copy of it. */
  @Test
  void constantsAreTheFunctionsOwn() {
    Tensor weight = Tensor.ofFloats(Shape.of(3), 1, 2, 3);
    function("F", 21, "a", "o", constant("w", Attribute.of(weight)), node("Add", "a,w", "o"));
    OnnxModel prepared = prepared(model(21, call("F", "x", "h"), call("F", "h", "y")));
    assertThat(prepared.graph().initializers()).containsOnlyKeys("F/w");
    assertThat(prepared.graph().initializers().get("F/w")).isSameAs(weight);
  }

  @Test
  void changesAreNamed() {
    function("F", 21, "a", "o", node("Neg", "a", "o"));
    function("G", 21, "a", "o", node("Tanh", "a", "o"));
    Prepared prepared =
        Preparation.of(model(21, call("F", "x", "y")), SIMPLE, GraphEvaluator.none());
    assertThat(prepared.rewrites())
        .containsExactly(
            new Rewrite(
                RewriteKind.FUNCTION_INLINED, List.of("node 'call' (local::F)"), List.of("y"), ""),
            new Rewrite(RewriteKind.UNUSED_REMOVED, List.of(), List.of("local::G"), ""));
    assertThat(prepared.summary())
        .isEqualTo("1 function call inlined, 1 unused node or weight removed");
    assertThat(prepared.model().opsets()).isEqualTo(Map.of("", 21L));
    assertThat(prepared.model().functions()).isEmpty();
  }

  @Test
  void whatIsNeitherSimplifiedNorRaisedKeepsItsFunctions() {
    function("F", 18, "a", "o", node("Neg", "a", "o"));
    OnnxModel model = model(18, call("F", "x", "y"));
    PreparationOptions none = SIMPLE.withSimplify(false);
    for (PreparationOptions options : List.of(none, none.withOpset(18), none.withOpset(13))) {
      Prepared prepared = Preparation.of(model, options, GraphEvaluator.none());
      assertThat(prepared.rewrites()).isEmpty();
      assertThat(prepared.model().functions()).hasSize(1);
    }
    Prepared raised = Preparation.of(model, none.withOpset(19), GraphEvaluator.none());
    assertThat(raised.model().functions()).isEmpty();
  }

  @Test
  void callsOfUnknownFunctionsStay() {
    function("F", 21, "a", "o", call("Unknown", "a", "o"));
    OnnxModel prepared = prepared(model(21, call("F", "x", "h"), call("Other", "h", "y")));
    assertThat(prepared.graph().nodes())
        .extracting(Node::opType)
        .containsExactly("Unknown", "Other");
    assertThat(prepared.opsets()).containsEntry("local", 1L);
  }

  @Test
  void domainsOfTheFunctionsNodesAreImported() {
    Node custom = new Node("", "Op", "custom", List.of("a"), List.of("o"), Map.of());
    function("F", 3, "a", "o", custom);
    OnnxModel prepared = prepared(model(21, call("F", "x", "y")));
    assertThat(prepared.opsets()).isEqualTo(Map.of("", 21L, "custom", 3L));
  }

  /** Two inputs are one value of the caller, and a branch hides one of them. */
  @Test
  void namesInsideBranchesHideOnlyWhatTheyHid() {
    Graph branch =
        Graph.builder("b")
            .nodes(List.of(node("Neg", "c", "a"), node("Sub", "a,b", "h")))
            .output(untyped("h"))
            .build();
    Node both =
        node("If", "q", "o")
            .with("then_branch", Attribute.of(branch))
            .with("else_branch", Attribute.of(branch));
    function("F", 21, "a,b,c,q", "o", both);
    graph.input(ValueInfo.of("flag", DType.BOOL, Shape.of()));
    OnnxModel prepared = prepared(model(21, node("Tanh", "x", "h"), call("F", "h,h,x,flag", "y")));
    List<Graph> branches = prepared.graph().nodes().getLast().subgraphs();
    assertThat(branches.getFirst().nodes())
        .extracting(Node::inputs)
        .containsExactly(List.of("x"), List.of("call/a", "h"));
    assertThat(branches.getLast().nodes())
        .extracting(Node::inputs)
        .containsExactly(List.of("x"), List.of("call/a_2", "h"));
    assertThat(branches.getLast().outputs().getFirst().name()).isEqualTo("call/h_2");
  }

  /** Weights of a graph inside a function, and types that are no tensors, get the new names too. */
  @Test
  void declarationsOfInnerGraphsAreRenamed() {
    Graph branch =
        Graph.builder("b")
            .initializer("w", Tensor.ofFloats(Shape.of(3), 1, 2, 3))
            .node(node("Add", "a,w", "z"))
            .output(ValueInfo.of("z", DType.FLOAT32, Shape.of(2, 3)))
            .valueInfos(List.of(ValueInfo.of("w", DType.FLOAT32, Shape.of(3))))
            .build();
    Node both =
        node("If", "q", "o")
            .with("then_branch", Attribute.of(branch))
            .with("else_branch", Attribute.of(branch));
    function("F", 21, "a,q", "o", both);
    graph.input(ValueInfo.of("flag", DType.BOOL, Shape.of()));
    OnnxModel raised =
        Preparation.of(
                model(20, call("F", "x,flag", "y")),
                SIMPLE.withSimplify(false).withOpset(21),
                GraphEvaluator.none())
            .model();
    Graph inner = raised.graph().nodes().getFirst().subgraphs().getFirst();
    assertThat(inner.initializers()).containsOnlyKeys("call/w");
    assertThat(inner.outputs())
        .containsExactly(ValueInfo.of("call/z", DType.FLOAT32, Shape.of(2, 3)));
    assertThat(OnnxReader.parse(OnnxWriter.toBytes(raised), "m").graph().nodes()).hasSize(1);
  }

  /** Sizes that have a name have it inside the function only. */
  @Test
  void descriptionsOfValuesAreTakenAlong() {
    function("F", 21, "a", "o", node("Neg", "a", "h"), node("Tanh", "h", "o"));
    Function plain = functions.removeFirst();
    ValueInfo described = ValueInfo.batched("h", DType.FLOAT32, 3);
    functions.add(
        Function.of(
            plain.key(),
            plain.opsets(),
            plain.body().toBuilder().valueInfos(List.of(described)).build()));
    OnnxModel prepared = prepared(model(21, call("F", "x", "y")));
    List<ValueInfo.Dim> dims = List.of(new ValueInfo.Dim.Symbolic(""), new ValueInfo.Dim.Fixed(3));
    assertThat(prepared.graph().valueInfos())
        .containsExactly(new ValueInfo("call/h", Optional.of(DType.FLOAT32), Optional.of(dims)));
  }

  @Test
  void callsThatDoNotFitAreRefused() {
    function("F", 21, "a", "o", node("Neg", "a", "o"));
    function("Same", 21, "a,b", "b,o", node("Neg", "a", "o"));
    refused(
        "node 'call' (local::F): function 'local::F' has 1 inputs, got 2",
        21,
        call("F", "x,x", "y"));
    refused(
        "node 'call' (local::F): function 'local::F' has 1 outputs, got 2",
        21,
        call("F", "x", "y,z"));
    refused(
        "node 'call' (local::Same): leaves out the input 'b', which function 'local::Same' gives as an output",
        21,
        call("Same", "x", "y,z"));
    assertThat(prepared(model(21, call("Same", "x", ",y"))).graph().nodes())
        .extracting(Node::opType)
        .containsExactly("Neg");
  }

  @Test
  void operatorSetsThatDoNotFitAreRefused() {
    function("Later", 20, "a", "o", node("Gelu", "a", "o"));
    function(
        "Split", 18, "a", "o,p", node("Split", "a", "o,p").with("num_outputs", Attribute.of(2)));
    function("Strange", 17, "a", "o", node("NoSuchOperator", "a", "o"));
    function(
        "Custom", 2, "a", "o", new Node("", "Op", "custom", List.of("a"), List.of("o"), Map.of()));
    String where = ", where the operator is another; export the model in one operator set";
    refused(
        "function 'local::Later': node 'y' (Gelu) is written for version 20 of ai.onnx, its caller for 19"
            + where,
        19,
        call("Later", "x", "y"));
    refused(
        "function 'local::Split': node 'y,z' (Split) is written for version 18 of ai.onnx, its caller for 17"
            + where,
        17,
        call("Split", "x", "y,z"));
    refused(
        "function 'local::Strange': node 'y' (NoSuchOperator) cannot be raised from opset 17 to 18: ai.onnx has no such operator that Swage knows; export the model at opset 18 or later",
        18,
        call("Strange", "x", "y"));
    OnnxModel custom = model(18, call("Custom", "x", "y")).withOpset("custom", 1);
    assertThatThrownBy(() -> prepared(custom))
        .hasMessage(
            "function 'local::Custom': node 'y' (custom::Op) is written for version 2 of custom, its caller for 1"
                + where);
  }

  @Test
  void graphsGivenToFunctionsInOtherOperatorSetsAreRefused() {
    Graph given = Graph.builder("b").node(node("Neg", "x", "z")).output(untyped("z")).build();
    Node both =
        node("If", "q", "o")
            .with("then_branch", new Attribute.Reference("do", Attribute.Kind.GRAPH))
            .with("else_branch", new Attribute.Reference("do", Attribute.Kind.GRAPH));
    function("F", 18, "q", "o", both);
    graph.input(ValueInfo.of("flag", DType.BOOL, Shape.of()));
    Node call = call("F", "flag", "y").with("do", Attribute.of(given));
    refused(
        "node 'call' (local::F): gives a graph to function 'local::F', which is written in other operator sets than the model; export the model in one operator set",
        17,
        call);
    Node inlined = prepared(model(18, call)).graph().nodes().getFirst();
    assertThat(inlined.subgraphs()).hasSize(2);
    assertThat(inlined.subgraphs().getFirst().nodes().getFirst().inputs()).containsExactly("x");
  }

  /** Ten functions, each of which calls the next ten times. */
  @Test
  void functionsThatStandForTooMuchAreRefused() {
    for (int level = 0; level < 10; level++) {
      Node[] calls = new Node[10];
      for (int i = 0; i < calls.length; i++) {
        String input = i == 0 ? "a" : "v" + i;
        String output = i == calls.length - 1 ? "o" : "v" + (i + 1);
        calls[i] = level == 9 ? node("Neg", input, output) : call("F" + (level + 1), input, output);
      }
      function("F" + level, 21, "a", "o", calls);
    }
    refused(
        "the model's functions stand for more than 1000000 nodes; is the file damaged?",
        21,
        call("F0", "x", "y"));
  }

  @Test
  void modelsWithoutFunctionsStayAsTheyAre() {
    OnnxModel model = model(21, call("Op", "x", "h"), node("Neg", "h", "y"));
    Prepared prepared = Preparation.of(model, SIMPLE, GraphEvaluator.none());
    assertThat(prepared.rewrites()).isEmpty();
    assertThat(OnnxWriter.toBytes(prepared.model())).isEqualTo(OnnxWriter.toBytes(model));
  }
}
