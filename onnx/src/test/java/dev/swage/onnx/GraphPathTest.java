package dev.swage.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GraphPathTest {
  private static ValueInfo value(String name) {
    return ValueInfo.of(name, DType.FLOAT32, Shape.of(2));
  }

  /** y = x + w, with a weight of its own. */
  private static Graph branch(float weight, Node... before) {
    return Graph.builder("branch")
        .initializer("w", Tensor.ofFloats(Shape.of(2), weight, weight))
        .nodes(List.of(before))
        .node(Node.of("add", "Add", List.of("x", "w"), "y"))
        .output(value("y"))
        .build();
  }

  private static Node choice(String name, String output, Graph then, Graph otherwise) {
    return Node.of(name, "If", List.of("c"), output)
        .with("then_branch", Attribute.of(then))
        .with("else_branch", Attribute.of(otherwise));
  }

  private static Graph main(Node... nodes) {
    return Graph.builder("main")
        .input(value("x"))
        .input(ValueInfo.of("c", DType.BOOL, Shape.of()))
        .nodes(List.of(nodes))
        .output(value("out"))
        .build();
  }

  private static Graph nested() {
    Node inner = choice("inner", "i", branch(1), branch(2));
    return main(choice("outer", "out", branch(3, inner), branch(4)));
  }

  private static List<String> paths(Graph graph) {
    List<String> paths = new ArrayList<>();
    GraphPath.walk(graph, (path, found) -> paths.add(path.toString()));
    return paths;
  }

  @Test
  void everyGraphHasItsPathOutermostFirst() {
    assertThat(paths(nested()))
        .containsExactly(
            "",
            "outer/then_branch",
            "outer/then_branch/inner/then_branch",
            "outer/then_branch/inner/else_branch",
            "outer/else_branch");
  }

  @Test
  void theSameNameInTwoBranchesHasTwoKeys() {
    List<String> weights = new ArrayList<>();
    GraphPath.walk(
        nested(),
        (path, graph) ->
            graph.initializers().keySet().forEach(weight -> weights.add(path.key(weight))));
    assertThat(weights)
        .containsExactly(
            "outer/then_branch/w",
            "outer/then_branch/inner/then_branch/w",
            "outer/then_branch/inner/else_branch/w",
            "outer/else_branch/w");
    assertThat(GraphPath.MAIN.key("w")).isEqualTo("w");
  }

  @Test
  void nodesWithoutANameOfTheirOwnAreCalledByTheirOutput() {
    Graph graph =
        main(
            choice("", "a", branch(1), branch(2)),
            choice("twice", "b", branch(1), branch(2)),
            choice("twice", "d", branch(1), branch(2)),
            choice("e", "f", branch(1), branch(2)),
            choice("", "e", branch(1), branch(2)),
            choice("own", "own", branch(1), branch(2)));
    assertThat(paths(graph)).doesNotHaveDuplicates();
    assertThat(paths(graph).stream().filter(path -> path.endsWith("/then_branch")))
        .containsExactly(
            "a/then_branch",
            "b/then_branch",
            "d/then_branch",
            "f/then_branch",
            "e/then_branch",
            "own/then_branch");
  }

  @Test
  void rewritingReachesEveryGraphOnceInnermostFirst() {
    List<String> order = new ArrayList<>();
    Graph rewritten =
        GraphPath.rewrite(
            nested(),
            (path, graph) -> {
              order.add(path.toString());
              return graph.toBuilder().name("seen " + path).build();
            });
    assertThat(order)
        .containsExactly(
            "outer/then_branch/inner/then_branch",
            "outer/then_branch/inner/else_branch",
            "outer/then_branch",
            "outer/else_branch",
            "");
    List<String> names = new ArrayList<>();
    GraphPath.walk(rewritten, (path, graph) -> names.add(graph.name()));
    assertThat(names)
        .containsExactlyElementsOf(paths(nested()).stream().map(path -> "seen " + path).toList());
  }

  @Test
  void whatIsPutBetweenTheNodesLeavesThePathsAsTheyWere() {
    Graph graph = nested();
    List<Node> more = new ArrayList<>(List.of(Node.of("neg", "Neg", List.of("x"), "n")));
    more.addAll(graph.nodes());
    assertThat(paths(graph.toBuilder().nodes(more).build())).isEqualTo(paths(graph));
  }
}
