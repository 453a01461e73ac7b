package dev.swage.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.layer.Network;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GraphEditingTest {
  private static ValueInfo value(String name) {
    return ValueInfo.of(name, DType.FLOAT32, Shape.of(2));
  }

  private static Graph branch(String output, Node... nodes) {
    return Graph.builder("branch").nodes(List.of(nodes)).output(value(output)).build();
  }

  /** If(c) { t = relu(a) } else { a = neg(x); e = exp(a) } where a = x + w outside. */
  private static Graph branching() {
    Graph then = branch("t", Node.of("r", "Relu", List.of("a"), "t"));
    Graph otherwise =
        branch("e", Node.of("s", "Neg", List.of("x"), "a"), Node.of("q", "Exp", List.of("a"), "e"));
    return Graph.builder("g")
        .input(value("x"))
        .input(ValueInfo.of("c", DType.BOOL, Shape.of()))
        .initializer("w", Tensor.ofFloats(Shape.of(2), 1, 2))
        .node(Node.of("add", "Add", List.of("x", "w"), "a"))
        .node(
            Node.of("if", "If", List.of("c"), "y")
                .with("then_branch", Attribute.of(then))
                .with("else_branch", Attribute.of(otherwise)))
        .output(value("y"))
        .build();
  }

  @Test
  void theIndexKnowsWritersAndReaders() {
    GraphIndex index = GraphIndex.of(branching());
    assertThat(index.producer("a").orElseThrow().name()).isEqualTo("add");
    assertThat(index.producer("x")).isEmpty();
    assertThat(index.consumers("x").stream().map(Node::name)).containsExactly("add", "if");
    assertThat(index.consumers("a").stream().map(Node::name)).containsExactly("if");
    assertThat(index.onlyConsumer("w").orElseThrow().name()).isEqualTo("add");
    assertThat(index.onlyConsumer("x")).isEmpty();
    assertThat(index.isGraphOutput("y")).isTrue();
    assertThat(index.onlyConsumer("y")).isEmpty();
  }

  @Test
  void aNodeThatReadsAValueTwiceIsOneReader() {
    Graph graph = Network.input("x", 2).residual(body -> {}).build().graph();
    assertThat(GraphIndex.of(graph).consumers("x")).hasSize(1);
  }

  @Test
  void usesAreReplacedInSubgraphsThatSeeTheValue() {
    Graph graph = branching().replaceUses("a", "b");
    List<Graph> branches = graph.nodes().get(1).subgraphs();
    assertThat(branches.get(0).nodes().getFirst().inputs()).containsExactly("b");
    // The other branch has a value of its own by that name.
    assertThat(branches.get(1).nodes().get(1).inputs()).containsExactly("a");
    assertThat(graph.nodes().get(0).outputs()).containsExactly("a");
  }

  @Test
  void walkingVisitsEveryGraph() {
    List<String> nodes = new ArrayList<>();
    branching().walk(graph -> graph.nodes().forEach(node -> nodes.add(node.name())));
    assertThat(nodes).containsExactly("add", "if", "r", "s", "q");
  }

  @Test
  void freshNamesCollideWithNothing() {
    FreshNames names = FreshNames.of(branching());
    assertThat(names.next("new")).isEqualTo("new");
    assertThat(names.next("new")).isEqualTo("new_2");
    assertThat(names.next("w")).isEqualTo("w_2");
    assertThat(names.next("q")).as("a node of a branch").isEqualTo("q_2");
    assertThat(names.next("t")).as("a value of a branch").isEqualTo("t_2");
  }

  @Test
  void subgraphsSurviveARoundTrip() {
    byte[] bytes = OnnxWriter.toBytes(OnnxModel.of(branching()));
    OnnxModel read = OnnxReader.parse(bytes, "memory");
    assertThat(read.graph().nodes().get(1).subgraphs()).hasSize(2);
    assertThat(OnnxWriter.toBytes(read)).isEqualTo(bytes);
  }
}
