package dev.swage.train.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import dev.swage.data.Batch;
import dev.swage.onnx.CarriedStates;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.layer.Network;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.TorchLoss.Scale;
import dev.swage.train.torch.TorchSession.Head;
import dev.swage.train.torch.fuse.Fusion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A step runs what the loss needs, whatever else the model gives. */
final class SeveralOutputsTest {
  private static final int CLASSES = 3;

  /**
   * A network that ends in an activation, and a change that leaves its first output as it is.
   *
   * @param change of a graph whose last node is the activation
   */
  record Case(String name, String activation, UnaryOperator<Graph> change) {
    OnnxModel plain() {
      Network network = Network.input("x", 4).dense(5).tanh().dense(columns()).seed(3);
      return (isBinary() ? network.sigmoid() : network.softmax()).build();
    }

    private boolean isBinary() {
      return activation.equals("Sigmoid");
    }

    private int columns() {
      return isBinary() ? 1 : CLASSES;
    }

    OnnxModel changed() {
      OnnxModel model = plain();
      return model.withGraph(change.apply(model.graph()));
    }

    TorchLoss loss() {
      return isBinary()
          ? new TorchLoss.BinaryCrossEntropy(Scale.LOGIT)
          : new TorchLoss.CrossEntropy(Scale.LOGIT);
    }

    Batch batch() {
      Tensor x = Tensor.ofFloats(Shape.of(2, 4), 0.5f, -1, 0.25f, 2, -0.75f, 1.5f, 0.125f, -0.5f);
      return new Batch(List.of(x), Optional.of(Tensor.ofLongs(Shape.of(2), 1, 0)));
    }

    @Override
    public String toString() {
      return activation + ": " + name;
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (String activation : List.of("Softmax", "Sigmoid")) {
      cases.add(new Case("alone", activation, graph -> graph));
      cases.add(new Case("read by another output", activation, SeveralOutputsTest::readAgain));
      cases.add(new Case("twice an output", activation, SeveralOutputsTest::givenTwice));
      cases.add(new Case("beside its logits", activation, SeveralOutputsTest::withLogits));
      cases.add(new Case("not last in the file", activation, SeveralOutputsTest::lastIsOther));
      cases.add(new Case("last reads logits too", activation, SeveralOutputsTest::lastReadsLogits));
      cases.add(
          new Case(
              "read by a node that nobody reads",
              activation,
              graph ->
                  graph.toBuilder()
                      .node(Node.of("dead", "Exp", List.of(first(graph)), "dead"))
                      .build()));
    }
    return cases;
  }

  private static String first(Graph graph) {
    return graph.outputs().getFirst().name();
  }

  private static String logits(Graph graph) {
    return graph.nodes().getLast().input(0);
  }

  private static ValueInfo output(String name) {
    return new ValueInfo(name, Optional.of(DType.FLOAT32), Optional.empty());
  }

  private static Graph readAgain(Graph graph) {
    return graph.toBuilder()
        .node(Node.of("log", "Log", List.of(first(graph)), "logs"))
        .output(output("logs"))
        .build();
  }

  private static Graph givenTwice(Graph graph) {
    return graph.toBuilder().output(output(first(graph))).build();
  }

  private static Graph withLogits(Graph graph) {
    return graph.toBuilder().output(output(logits(graph))).build();
  }

  /** A branch from the input behind the activation. */
  private static Graph lastIsOther(Graph graph) {
    String input = graph.inputs().getFirst().name();
    return graph.toBuilder()
        .node(Node.of("side", "Tanh", List.of(input), "side"))
        .output(output("side"))
        .build();
  }

  /** The last node reads what the activation reads, and gives an output of its own. */
  private static Graph lastReadsLogits(Graph graph) {
    return graph.toBuilder()
        .node(Node.of("side", "Tanh", List.of(logits(graph)), "side"))
        .output(output("side"))
        .build();
  }

  private static Map<String, List<Float>> gradients(OnnxModel model, Case c) {
    Map<String, List<Float>> gradients = new TreeMap<>();
    try (TorchSession session = TorchSession.open(model, Head.BEFORE_ACTIVATION, 0)) {
      session.beginStep();
      session.accumulate(c.batch(), c.loss(), 1);
      for (int i = 0; i < session.weights().size(); i++) {
        List<Float> values = new ArrayList<>();
        for (float v : session.gradients().get(i).toArray(Tensor.LE_FLOAT)) {
          values.add(v);
        }
        gradients.put(session.weights().get(i).name(), values);
      }
    }
    return gradients;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradients_are_those_of_the_network_without_the_extra_output(Case c) {
    Map<String, List<Float>> expected = gradients(c.plain(), c);
    assertThat(gradients(c.changed(), c)).isEqualTo(expected);
    assertThat(expected).hasSize(4);
    assertThat(expected.values()).allMatch(values -> values.stream().anyMatch(v -> v != 0));
  }

  /** Whatever else the model gives, and whoever reads the activation for it. */
  @ParameterizedTest
  @MethodSource("cases")
  void a_step_runs_the_nodes_that_the_loss_needs(Case c) {
    List<Node> nodes = Fusion.of(c.plain().graph()).nodes();
    List<Node> before = nodes.subList(0, nodes.size() - 1);
    try (TorchSession session = TorchSession.open(c.changed(), Head.BEFORE_ACTIVATION, 0)) {
      assertThat(session.lossNodes()).hasSizeGreaterThan(2).isEqualTo(before);
    }
    try (TorchSession session = TorchSession.open(c.changed(), Head.OUTPUT, 0)) {
      assertThat(session.lossNodes()).isEqualTo(nodes);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void scores_are_those_of_the_network_without_the_extra_output(Case c) {
    try (TorchSession plain = TorchSession.open(c.plain(), Head.BEFORE_ACTIVATION, 0);
        TorchSession changed = TorchSession.open(c.changed(), Head.BEFORE_ACTIVATION, 0)) {
      assertThat(changed.score(c.batch(), c.loss())).isEqualTo(plain.score(c.batch(), c.loss()));
      List<Tensor> inputs = c.batch().inputs();
      assertThat(changed.outputs(inputs).getFirst().toFloats())
          .containsExactly(plain.outputs(inputs).getFirst().toFloats());
      assertThat(changed.outputs(inputs)).hasSize(c.changed().graph().outputs().size());
    }
  }

  private static final Tensor AXES = Tensor.ofLongs(Shape.of(1), 0);

  /** A probability from {@code x}, a weight and a state, all of one column. */
  private static Graph.Builder recurrent() {
    return Graph.builder("recurrent")
        .input(ValueInfo.batched("x", DType.FLOAT32, 4))
        .input(ValueInfo.of("h", DType.FLOAT32, Shape.of(1, 2, 1)))
        .initializer("w", Tensor.ofFloats(Shape.of(4, 1), 0.5f, -0.25f, 1, 0.125f))
        .initializer("axes", AXES)
        .node(Node.of("product", "MatMul", List.of("x", "w"), "product"))
        .node(Node.of("wide", "Unsqueeze", List.of("product", "axes"), "wide"))
        .node(Node.of("logits", "Add", List.of("wide", "h"), "logits"));
  }

  private static OnnxModel carrying(Graph graph, String output) {
    return CarriedStates.of(Map.of("h", output)).applyTo(OnnxModel.of(graph));
  }

  private static final Batch ONE = new Case("alone", "Sigmoid", graph -> graph).batch();

  /** The states after one step: {@code logits = x·w}, for the state began with zeros. */
  private static float[] stateAfterOneStep(OnnxModel model, Head head) {
    try (TorchSession session = TorchSession.open(model, head, 0)) {
      session.beginStep();
      TorchLoss loss =
          new TorchLoss.BinaryCrossEntropy(head == Head.OUTPUT ? Scale.PROBABILITY : Scale.LOGIT);
      session.accumulate(ONE, loss, 1);
      return session.states().values().iterator().next().toFloats();
    }
  }

  private static float[] logits() {
    return new float[] {0.25f + 0.25f + 0.25f + 0.25f, -0.375f - 0.375f + 0.125f - 0.0625f};
  }

  @Test
  void an_output_that_is_carried_on_is_computed() {
    Graph graph =
        recurrent()
            .node(Node.of("p", "Sigmoid", List.of("logits"), "p"))
            .output(output("p"))
            .build();
    float[] expected = logits();
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) (1 / (1 + Math.exp(-expected[i])));
    }
    assertThat(stateAfterOneStep(carrying(graph, "p"), Head.BEFORE_ACTIVATION))
        .containsExactly(expected, offset(1e-6f));
  }

  @Test
  void a_state_that_the_last_node_computes_from_the_logits_is_computed() {
    Graph graph =
        recurrent()
            .node(Node.of("p", "Sigmoid", List.of("logits"), "p"))
            .node(Node.of("next", "Identity", List.of("logits"), "next"))
            .output(output("p"))
            .output(output("next"))
            .build();
    assertThat(stateAfterOneStep(carrying(graph, "next"), Head.BEFORE_ACTIVATION))
        .containsExactly(logits(), offset(1e-6f));
  }

  @Test
  void a_state_that_the_last_node_computes_from_the_output_is_computed() {
    Graph graph =
        recurrent()
            .node(Node.of("p", "Sigmoid", List.of("logits"), "p"))
            .node(Node.of("next", "Neg", List.of("p"), "next"))
            .output(output("p"))
            .output(output("next"))
            .build();
    OnnxModel model = carrying(graph, "next");
    assertThat(stateAfterOneStep(model, Head.OUTPUT))
        .containsExactly(stateAfterOneStep(model, Head.BEFORE_ACTIVATION), offset(1e-6f));
  }

  /** Running statistics of a branch are learned whatever the place of its node in the file. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void statistics_beside_the_activation_are_learned(boolean lastInFile) {
    Case c = new Case("statistics", "Softmax", graph -> graph);
    Graph plain = c.plain().graph();
    Node norm =
        Node.of("norm", "BatchNormalization", List.of(logits(plain), "s", "z", "m", "v"), "norm");
    List<Node> nodes = new ArrayList<>(plain.nodes());
    nodes.add(nodes.size() - (lastInFile ? 0 : 1), norm);
    Graph.Builder graph = plain.toBuilder().nodes(nodes).output(output("norm"));
    Tensor zeros = Tensor.ofFloats(Shape.of(CLASSES), 0, 0, 0);
    Tensor ones = Tensor.ofFloats(Shape.of(CLASSES), 1, 1, 1);
    graph.initializer("s", ones).initializer("z", zeros);
    graph.initializer("m", zeros).initializer("v", ones);
    try (TorchSession session =
        TorchSession.open(OnnxModel.of(graph.build()), Head.BEFORE_ACTIVATION, 0)) {
      session.beginStep();
      session.accumulate(c.batch(), c.loss(), 1);
      assertThat(Objects.requireNonNull(session.values().get("m")).toFloats()).doesNotContain(0f);
    }
  }
}
