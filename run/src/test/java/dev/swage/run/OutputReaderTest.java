package dev.swage.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Outputs that are no tensors of numbers. */
class OutputReaderTest {
  private static final Tensor X = Tensor.ofFloats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);

  private static OnnxModel model(List<Node> nodes, String... outputs) {
    Graph.Builder graph =
        Graph.builder("g").input(ValueInfo.batched("x", DType.FLOAT32, 3)).nodes(nodes);
    for (String output : outputs) {
      graph.output(new ValueInfo(output, Optional.empty(), Optional.empty()));
    }
    return OnnxModel.of(graph.build())
        .withOpset("", 16)
        .withOpset("ai.onnx.ml", 3)
        .withIrVersion(8);
  }

  private static ModelSession open(OnnxModel model) {
    return ModelSession.open("m", model, SessionOptions.defaults());
  }

  private static Node zipMap(String attribute, Attribute labels) {
    return new Node(
        "z", "ZipMap", "ai.onnx.ml", List.of("x"), List.of("probs"), Map.of(attribute, labels));
  }

  private static final Node COPY = Node.of("c", "Identity", List.of("x"), "y");

  @Test
  void mapsAreRowsInTheOrderOfTheirKeys() {
    Node numbers = zipMap("classlabels_int64s", Attribute.ints(10, 9, -2));
    Node words = zipMap("classlabels_strings", new Attribute.StringsValue(List.of("b", "a", "c")));
    for (Node node : List.of(numbers, words)) {
      try (ModelSession session = open(model(List.of(node, COPY), "probs", "y"))) {
        assertThat(session.outputs()).extracting(ValueInfo::name).containsExactly("probs", "y");
        assertThat(session.unreadable()).isEmpty();
        Tensor probs = session.run(List.of(X)).getFirst();
        assertThat(probs.shape()).isEqualTo(Shape.of(2, 3));
        assertThat(probs.toFloats())
            .containsExactly(
                node.equals(numbers)
                    ? new float[] {3, 2, 1, 6, 5, 4}
                    : new float[] {2, 1, 3, 5, 4, 6});
      }
    }
  }

  @Test
  void sequencesOfTensorsAreOneRow() {
    Node sequence =
        Node.of("s", "SplitToSequence", List.of("x"), "parts").with("axis", Attribute.of(1));
    try (ModelSession session = open(model(List.of(sequence), "parts"))) {
      assertThat(session.run(List.of(X)).getFirst().toFloats()).containsExactly(1, 4, 2, 5, 3, 6);
    }
  }

  /** As many different numbers as strings, at the same places. */
  @Test
  void stringsAreNumbers() {
    Node cast = Node.of("s", "Cast", List.of("i"), "words").with("to", Attribute.of(8));
    Node index = Node.of("i", "ArgMax", List.of("x"), "i").with("axis", Attribute.of(1));
    OnnxModel model = model(List.of(index, cast), "words");
    try (ModelSession session = open(model)) {
      assertThat(session.outputs().getFirst().dtype()).contains(DType.INT64);
      Tensor x = Tensor.ofFloats(Shape.of(3, 3), 1, 2, 3, 4, 0, 0, 1, 1, 8);
      Tensor words = session.run(List.of(x)).getFirst();
      assertThat(words.shape()).isEqualTo(Shape.of(3, 1));
      assertThat(words.toLongs())
          .containsExactly(ElementList.id("2"), ElementList.id("0"), ElementList.id("2"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Optional", "Identity", "If", "Loop"})
  void optionalsAreLeftOut(String operator) {
    List<Node> nodes = new ArrayList<>(List.of(COPY, Node.of("o", "Optional", List.of("x"), "o")));
    String value = "o";
    if (operator.equals("Identity")) {
      nodes.add(Node.of("i", "Identity", List.of("o"), "copied"));
      value = "copied";
    } else if (operator.equals("If")) {
      nodes.add(Node.of("h", "OptionalHasElement", List.of("o"), "has"));
      nodes.add(
          Node.of("f", "If", List.of("has"), "chosen")
              .with("then_branch", Attribute.of(branch("t")))
              .with("else_branch", Attribute.of(branch("e"))));
      value = "chosen";
    } else if (operator.equals("Loop")) {
      nodes.add(Node.of("h", "OptionalHasElement", List.of("o"), "has"));
      Graph body =
          Graph.builder("b")
              .input(ValueInfo.of("at", DType.INT64, Shape.of()))
              .input(ValueInfo.of("go", DType.BOOL, Shape.of()))
              .input(new ValueInfo("before", Optional.empty(), Optional.empty()))
              .node(Node.of("g", "Identity", List.of("go"), "going"))
              .node(Node.of("k", "Identity", List.of("before"), "after"))
              .output(ValueInfo.of("going", DType.BOOL, Shape.of()))
              .output(new ValueInfo("after", Optional.empty(), Optional.empty()))
              .build();
      nodes.add(
          Node.of("l", "Loop", List.of("", "has", "o"), "looped").with("body", Attribute.of(body)));
      value = "looped";
    }
    OnnxModel model = model(nodes, "y", value);
    for (boolean bytes : new boolean[] {false, true}) {
      try (ModelSession session =
          bytes
              ? ModelSession.open("m", OnnxWriter.toBytes(model), SessionOptions.defaults())
              : open(model)) {
        assertThat(session.unreadable()).containsExactly(value);
        assertThat(session.outputs()).extracting(ValueInfo::name).containsExactly("y");
        if (!operator.equals("Loop")) {
          assertThat(session.run(List.of(X)).getFirst().toFloats()).containsExactly(X.toFloats());
        }
      }
    }
  }

  private static Graph branch(String name) {
    return Graph.builder(name)
        .node(Node.of(name, "Identity", List.of("o"), name + "_o"))
        .output(new ValueInfo(name + "_o", Optional.empty(), Optional.empty()))
        .build();
  }

  @Test
  void aModelWithoutAnythingToReadSaysSo() {
    Node optional = Node.of("o", "Optional", List.of("x"), "o");
    try (ModelSession session = open(model(List.of(optional), "o"))) {
      assertThatThrownBy(() -> session.run(List.of(X)))
          .isInstanceOf(RunException.class)
          .hasMessage("m: none of its outputs (o) can be read through ONNX Runtime's Java API");
    }
  }

  /** Inside a graph nothing but tensors of floats is given out. */
  @Test
  void valuesInsideThatAreNoTensorsAreNotVisited() {
    List<Node> nodes =
        List.of(
            Node.of("a", "Tanh", List.of("x"), "a"),
            Node.of("o", "Optional", List.of("a"), "o"),
            Node.of("g", "OptionalGetElement", List.of("o"), "g"),
            Node.of("s", "SplitToSequence", List.of("g"), "parts").with("axis", Attribute.of(1)),
            Node.of("m", "ConcatFromSequence", List.of("parts"), "y")
                .with("axis", Attribute.of(1)));
    List<String> values = List.of("a", "o", "g", "parts");
    DataSource data = DataSource.open("random:1x3?n=2");
    try (ActivationSession session =
            ActivationSession.open("m", model(nodes, "y"), values, SessionOptions.defaults());
        ActivationRunner runner = session.runner(data)) {
      List<String> seen = new ArrayList<>();
      for (int run = 0; run < 2; run++) {
        runner.run(List.of(X), (name, value) -> seen.add(name));
      }
      assertThat(seen).containsExactly("a", "g", "a", "g");
      assertThat(session.describe("o").dtype()).isEmpty();
      assertThat(session.describe("parts").dtype()).isEmpty();
    }
  }

  /** What is not a plain tensor is no constant. */
  @Test
  void constantsOfStringsAreNotComputed() {
    Graph graph =
        Graph.builder("g")
            .initializer("one", Tensor.ofFloats(Shape.of(1), 1))
            .node(Node.of("s", "Cast", List.of("one"), "word").with("to", Attribute.of(8)))
            .output(new ValueInfo("word", Optional.empty(), Optional.empty()))
            .build();
    assertThat(new RuntimeEvaluator().compute(OnnxModel.of(graph))).isEmpty();
  }
}
