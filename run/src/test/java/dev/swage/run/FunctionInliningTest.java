package dev.swage.run;

import static dev.swage.run.FunctionModels.call;
import static dev.swage.run.FunctionModels.constant;
import static dev.swage.run.FunctionModels.node;
import static dev.swage.run.FunctionModels.reference;
import static dev.swage.run.FunctionModels.untyped;
import static dev.swage.run.FunctionModels.value;
import static dev.swage.run.FunctionModels.wave;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.graph.Preparation;
import dev.swage.graph.PreparationOptions;
import dev.swage.graph.Prepared;
import dev.swage.graph.RewriteKind;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Attribute.Kind;
import dev.swage.onnx.Function;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.testkit.SharedData;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model with functions and the one without give the same in ONNX Runtime. */
class FunctionInliningTest {
  private static final Shape INPUT = Shape.of(4, 4);

  private final FunctionModels models = new FunctionModels(INPUT);

  /** Inlines in both ways, runs before and after, and gives the simplified model. */
  private static Prepared inlined(OnnxModel model, Tensor x) {
    PreparationOptions raise = PreparationOptions.defaults().withSimplify(false).withOpset(21);
    same(model, Preparation.of(model, raise, new RuntimeEvaluator()), x);
    Prepared simple = Preparation.of(model, PreparationOptions.defaults(), new RuntimeEvaluator());
    same(model, simple, x);
    return simple;
  }

  private Prepared inlined() {
    return inlined(models.build(), wave(3, INPUT.toArray()));
  }

  private static void same(OnnxModel before, Prepared after, Tensor x) {
    assertThat(after.model().functions()).isEmpty();
    assertThat(after.model().opsets()).doesNotContainKey(FunctionModels.DOMAIN);
    assertThat(after.counts()).containsKey(RewriteKind.FUNCTION_INLINED);
    after
        .model()
        .graph()
        .walk(graph ->
            assertThat(graph.nodes())
                .noneMatch(node -> node.domain().equals(FunctionModels.DOMAIN)));
    List<Tensor> expected = run(before, x);
    List<Tensor> got = run(after.model(), x);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(got.get(i).shape()).isEqualTo(expected.get(i).shape());
      assertThat(got.get(i).toFloats())
          .usingComparatorWithPrecision(2e-5f)
          .containsExactly(expected.get(i).toFloats());
    }
  }

  private static List<Tensor> run(OnnxModel model, Tensor x) {
    try (ModelSession session =
        ModelSession.open("m", OnnxWriter.toBytes(model), SessionOptions.defaults())) {
      return session.run(List.of(x));
    }
  }

  private static List<String> operators(Prepared prepared) {
    return prepared.model().graph().nodes().stream().map(Node::opType).toList();
  }

  private void linear() {
    models.function("Linear", "a,w,b", "o", node("MatMul", "a,w", "p"), node("Add", "p,b", "o"));
  }

  @Test
  void weightsAsArguments() {
    linear();
    models.graph.initializer("w", wave(1, 4, 4)).initializer("b", wave(2, 4));
    models.nodes(
        call("Linear", "x,w,b", "h"), node("Relu", "h", "r"), call("Linear", "r,w,b", "y"));
    Prepared prepared = inlined();
    assertThat(operators(prepared)).containsExactly("MatMul", "Add", "Relu", "MatMul", "Add");
    assertThat(prepared.counts()).containsEntry(RewriteKind.FUNCTION_INLINED, 2L);
    assertThat(prepared.model().graph().nodes().getFirst().outputs()).containsExactly("call_h/p");
  }

  @Test
  void constantsInsideAreSharedByAllCalls() {
    models.function(
        "Block",
        "a",
        "o",
        constant("w", wave(1, 4, 4)),
        node("MatMul", "a,w", "p"),
        node("Tanh", "p", "o"));
    models.nodes(call("Block", "x", "h"), call("Block", "h", "y"));
    Prepared prepared = inlined();
    assertThat(operators(prepared)).containsExactly("MatMul", "Tanh", "MatMul", "Tanh");
    assertThat(prepared.model().graph().initializers()).containsOnlyKeys("Block/w");
  }

  @Test
  void nestedFunctions() {
    linear();
    models.function(
        "Layer",
        "a",
        "o",
        constant("w", wave(1, 4, 4)),
        constant("b", wave(2, 4)),
        call("Linear", "a,w,b", "p"),
        node("Tanh", "p", "t"),
        call("Linear", "t,w,b", "o"));
    models.function("Net", "p", "h", call("Layer", "p", "w"), call("Layer", "w", "h"));
    models.nodes(call("Net", "x", "t"), call("Net", "t", "y"));
    Prepared prepared = inlined();
    assertThat(operators(prepared)).hasSize(20);
    assertThat(prepared.counts()).containsEntry(RewriteKind.FUNCTION_INLINED, 14L);
    assertThat(prepared.model().graph().initializers()).hasSize(2);
  }

  private static Graph branch(Node... nodes) {
    Node last = nodes[nodes.length - 1];
    return Graph.builder("b")
        .nodes(List.of(nodes))
        .output(untyped(last.outputs().getFirst()))
        .build();
  }

  private static Node branches(String output, Graph then, Graph otherwise) {
    return node("If", "c", output)
        .with("then_branch", Attribute.of(then))
        .with("else_branch", Attribute.of(otherwise));
  }

  private static Node[] isPositive(String value) {
    return new Node[] {
      node("ReduceSum", value, "s").with("keepdims", Attribute.of(0)),
      constant("zero", Tensor.ofFloats(Shape.of(), 0)),
      node("Greater", "s,zero", "c")
    };
  }

  private static Node[] and(Node[] first, Node... then) {
    return Stream.concat(Stream.of(first), Stream.of(then)).toArray(Node[]::new);
  }

  private static Tensor signed(boolean positive) {
    float[] values = wave(3, INPUT.toArray()).toFloats();
    for (int i = 0; i < values.length; i++) {
      values[i] += positive ? 1 : -1;
    }
    return Tensor.ofFloats(INPUT, values);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void callsInBranches(boolean positive) {
    linear();
    models.graph.initializer("w", wave(1, 4, 4)).initializer("b", wave(2, 4));
    models.nodes(
        and(
            isPositive("x"),
            branches(
                "y",
                branch(call("Linear", "x,w,b", "z")),
                branch(node("Neg", "x", "p"), call("Linear", "p,w,x", "z2")))));
    inlined(models.build(), signed(positive));
  }

  @Test
  void callsInLoopBodies() {
    models.function(
        "Step",
        "a",
        "o",
        constant("w", wave(1, 4, 4)),
        node("MatMul", "a,w", "p"),
        node("Tanh", "p", "o"));
    Graph body =
        Graph.builder("body")
            .input(ValueInfo.of("i", DType.INT64, Shape.of()))
            .input(ValueInfo.of("go", DType.BOOL, Shape.of()))
            .input(value("state"))
            .nodes(
                List.of(
                    node("Identity", "go", "going"),
                    call("Step", "state", "half"),
                    call("Step", "half", "next")))
            .output(ValueInfo.of("going", DType.BOOL, Shape.of()))
            .output(value("next"))
            .build();
    models.graph.initializer("n", Tensor.ofLongs(Shape.of(), 3));
    models.nodes(node("Loop", "n,,x", "y").with("body", Attribute.of(body)));
    Prepared prepared = inlined();
    assertThat(prepared.model().graph().initializers()).containsKey("Step/w");
  }

  /**
   * The branches read an input, a constant and a computed value of the function, and define values
   * called as those of the caller's graph that the call gives.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void graphsInsideFunctions(boolean positive) {
    Graph deeper =
        branch(node("Mul", "a,b", "q"), node("Add", "q,k", "w"), node("Add", "w,t", "h"));
    models.function(
        "Choose",
        "a,b",
        "o",
        and(
            isPositive("a"),
            constant("k", wave(5, 4)),
            node("Tanh", "b", "t"),
            branches(
                "o",
                branch(
                    node("Sub", "a,t", "x"),
                    branches("i", deeper, branch(node("Neg", "b", "h"))),
                    node("Add", "i,x", "r")),
                branch(node("Sub", "b,k", "x"), node("Add", "x,a", "h")))));
    models.nodes(node("Sigmoid", "x", "h"), call("Choose", "x,h", "t"), call("Choose", "t,x", "y"));
    inlined(models.build(), signed(positive));
  }

  private void leaky() {
    models.functions.add(
        FunctionModels.function(
                "Leaky",
                models.opset,
                "a",
                "o",
                node("LeakyRelu", "a", "l").with("alpha", reference("slope", Kind.FLOAT)),
                node("Elu", "l", "e").with("alpha", reference("alpha", Kind.FLOAT)),
                node("Flatten", "e", "o").with("axis", reference("axis", Kind.INT)))
            .withAttributes(List.of("alpha", "axis"), Map.of("slope", Attribute.of(0.3f))));
  }

  private static float alpha(Prepared prepared, String operator) {
    return prepared.model().graph().nodes().stream()
        .filter(node -> node.is(operator))
        .findFirst()
        .orElseThrow()
        .floatAttribute("alpha", Float.NaN);
  }

  @Test
  void attributesGivenDefaultedAndOmitted() {
    leaky();
    models.nodes(call("Leaky", "x", "y"));
    Prepared omitted = inlined();
    assertThat(alpha(omitted, "LeakyRelu")).isEqualTo(0.3f);
    assertThat(alpha(omitted, "Elu")).isNaN();
    models.nodes(
        call("Leaky", "x", "y")
            .with("alpha", Attribute.of(2f))
            .with("axis", Attribute.of(0))
            .with("slope", Attribute.of(0.6f)));
    Prepared given = inlined();
    assertThat(alpha(given, "LeakyRelu")).isEqualTo(0.6f);
    assertThat(alpha(given, "Elu")).isEqualTo(2);
    assertThat(given.model().graph().nodes().getLast().intAttribute("axis", 1)).isZero();
  }

  /** Handed on to a function in a function under another name, and into a branch. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void attributesHandedOn(boolean positive) {
    leaky();
    Node inner =
        call("Leaky", "a", "z")
            .with("slope", reference("steep", Kind.FLOAT))
            .with("alpha", reference("never", Kind.FLOAT));
    Node elu = node("Elu", "a", "z").with("alpha", reference("bend", Kind.FLOAT));
    models.functions.add(
        FunctionModels.function(
                "Outer",
                models.opset,
                "a",
                "o",
                and(isPositive("a"), branches("o", branch(inner), branch(elu))))
            .withAttributes(List.of("steep", "never"), Map.of("bend", Attribute.of(0.7f))));
    models.nodes(call("Outer", "x", "y").with("steep", Attribute.of(0.1f)));
    inlined(models.build(), signed(positive));
  }

  @Test
  void constantsGivenAsAttributes() {
    models.functions.add(
        FunctionModels.function(
                "Scale",
                models.opset,
                "a",
                "o",
                node("Constant", "", "k").with("value", reference("by", Kind.TENSOR)),
                node("Mul", "a,k", "o"))
            .withAttributes(List.of("by"), Map.of()));
    models.nodes(
        call("Scale", "x", "h").with("by", Attribute.of(wave(1, 4))),
        call("Scale", "h", "y").with("by", Attribute.of(wave(2, 4, 1))));
    Prepared prepared = inlined();
    assertThat(operators(prepared)).containsExactly("Mul", "Mul");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x,low,high", "x,,high", "x,low", "x"})
  void optionalInputs(String given) {
    models.function("Cut", "a,least,most", "o", node("Clip", "a,least,most", "o"));
    models
        .graph
        .initializer("low", Tensor.ofFloats(Shape.of(), -0.25f))
        .initializer("high", Tensor.ofFloats(Shape.of(), 0.5f));
    models.nodes(node("Identity", "x", "i"), call("Cut", given, "y"));
    inlined();
  }

  private OnnxModel calling(String outputs) {
    return models.nodes(call("Three", "x", outputs)).build();
  }

  /** ONNX Runtime wants a name or nothing for each output; files may end the list earlier. */
  @ParameterizedTest
  @ValueSource(strings = {"y,,", ",y,", ",,y", "h,y,", "y,,h"})
  void unusedOutputs(String taken) {
    models.function(
        "Three",
        "a",
        "o,p,q",
        node("Neg", "a", "o"),
        node("Tanh", "o", "p"),
        node("Add", "o,p", "q"));
    Tensor x = wave(3, INPUT.toArray());
    inlined(calling(taken), x);
    Prepared fewer =
        Preparation.of(
            calling(taken.replaceAll(",+$", "")),
            PreparationOptions.defaults(),
            new RuntimeEvaluator());
    same(calling(taken), fewer, x);
  }

  /** An input, a constant, and one value twice; ONNX Runtime does not take the first and last. */
  @Test
  void outputsThatNoNodeOfTheFunctionWritesForThem() {
    models.function(
        "Given",
        "a",
        "o,p,k,a",
        node("Neg", "a", "o"),
        node("Identity", "o", "p"),
        constant("k", wave(1, 4)));
    models.function("Twice", "a", "o,o", node("Neg", "a", "o"));
    models.nodes(
        call("Given", "x", "h,i,k,j"), call("Twice", "h", "t,u"), node("Sum", "t,u,i,k,j", "y"));
    FunctionModels plain = new FunctionModels(INPUT);
    plain.graph.initializer("k", wave(1, 4));
    plain.nodes(node("Neg", "x", "h"), node("Neg", "h", "t"), node("Sum", "t,t,h,k,x", "y"));
    Prepared prepared =
        Preparation.of(models.build(), PreparationOptions.defaults(), new RuntimeEvaluator());
    same(plain.build(), prepared, wave(3, INPUT.toArray()));
  }

  @Test
  void namesOfTheCallersGraphStay() {
    models.function("F", "y", "x", node("Neg", "y", "h"), node("Tanh", "h", "x"));
    models.graph.output(value("h"));
    models.nodes(
        node("Sigmoid", "x", "h"), node("Tanh", "h", "call_y/h"), call("F", "call_y/h", "y"));
    Prepared prepared = inlined();
    assertThat(prepared.model().graph().nodes().get(2).outputs()).containsExactly("call_y/h_2");
  }

  @Test
  void overloads() {
    for (String operator : List.of("Neg", "Tanh")) {
      Function plain =
          FunctionModels.function("F", models.opset, "a", "o", node(operator, "a", "o"));
      models.functions.add(
          Function.of(
              new Function.Key(FunctionModels.DOMAIN, "F", operator),
              plain.opsets(),
              plain.body()));
    }
    Node call = call("F", "x", "y");
    models.nodes(
        new Node(call.name(), "F", call.domain(), call.inputs(), call.outputs(), Map.of(), "Tanh"));
    Prepared prepared = inlined();
    assertThat(operators(prepared)).containsExactly("Tanh");
    assertThat(prepared.counts()).containsEntry(RewriteKind.UNUSED_REMOVED, 1L);
  }

  /** Operators that did not change in between, in either direction. */
  @ParameterizedTest
  @ValueSource(longs = {17, 19})
  void otherOperatorSets(long opset) {
    models.functions.add(
        FunctionModels.function(
            "F", opset, "a", "o", node("MatMul", "a,a", "p"), node("Tanh", "p", "o")));
    models.nodes(call("F", "x", "y"));
    Prepared prepared = inlined();
    assertThat(prepared.model().opset()).isEqualTo(18);
  }

  /**
   * A function in an operator set of its own is raised with what is known where it is called:
   * ReduceMean had its axes as an attribute, Softmax flattened its input.
   */
  @Test
  void earlierOperatorSetsAreRaised() {
    models.functions.add(
        FunctionModels.function(
            "Old",
            12,
            "a",
            "o",
            node("Neg", "a", "n"),
            node("Softmax", "n", "s"),
            node("ReduceMean", "s", "m").with("axes", Attribute.ints(1)),
            node("Sub", "a,m", "o")));
    models.functions.add(
        FunctionModels.function(
            "Outer", 18, "a", "o", call("Old", "a", "b"), node("Neg", "b", "o")));
    models.graph.initializer("shape", Tensor.ofLongs(Shape.of(3), 2, 2, 4));
    models.nodes(node("Reshape", "x,shape", "r"), call("Outer", "r", "y"));
    Tensor x = wave(3, INPUT.toArray());
    Prepared prepared =
        Preparation.of(models.build(), PreparationOptions.defaults(), new RuntimeEvaluator());
    assertThat(prepared.counts())
        .containsEntry(RewriteKind.FUNCTION_INLINED, 2L)
        .containsEntry(RewriteKind.OPERATOR_ADAPTED, 2L);
    OnnxModel plain =
        OnnxModel.of(
                Graph.builder("plain")
                    .input(ValueInfo.of("x", DType.FLOAT32, INPUT))
                    .initializer("shape", Tensor.ofLongs(Shape.of(3), 2, 2, 4))
                    .nodes(
                        List.of(
                            node("Reshape", "x,shape", "a"),
                            node("Neg", "a", "n"),
                            node("Softmax", "n", "s"),
                            node("ReduceMean", "s", "m").with("axes", Attribute.ints(1)),
                            node("Sub", "a,m", "b"),
                            node("Neg", "b", "y")))
                    .output(value("y"))
                    .build())
            .withIrVersion(7)
            .withOpset("", 12);
    assertThat(run(prepared.model(), x).getFirst().toFloats())
        .usingComparatorWithPrecision(2e-6f)
        .containsExactly(run(plain, x).getFirst().toFloats());
  }

  /** The whole model is raised behind it. */
  @Test
  void inlinedModelsAreRaised() {
    models.opset = 13;
    models.function("Mean", "a", "o", node("ReduceMean", "a", "o").with("axes", Attribute.ints(0)));
    models.nodes(call("Mean", "x", "y"));
    Prepared raised =
        Preparation.of(
            models.build(),
            PreparationOptions.defaults().withSimplify(false).withOpset(21),
            new RuntimeEvaluator());
    same(models.build(), raised, wave(3, INPUT.toArray()));
    assertThat(raised.model().opset()).isEqualTo(21);
  }

  @ParameterizedTest
  @ValueSource(strings = {"function-args.onnx", "function-inner.onnx"})
  void filesOfOtherTools(String file) {
    OnnxModel model = OnnxReader.read(SharedData.require("../cases/2026-11/" + file));
    long[] dims =
        model.graph().feeds().getFirst().dims().orElseThrow().stream()
            .mapToLong(dim -> dim instanceof ValueInfo.Dim.Fixed(long size) ? size : 2)
            .toArray();
    Prepared prepared = inlined(model, wave(1, dims));
    assertThat(prepared.model().graph().initializers()).isNotEmpty();
  }
}
