package dev.swage.graph.fold;

import dev.swage.graph.pass.Pass;
import dev.swage.graph.pass.Renaming;
import dev.swage.graph.pass.Scope;
import dev.swage.onnx.Attribute;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Puts the branch of an If whose condition is constant in the place of the If. */
public final class BranchResolution implements Pass {
  @Override
  public Graph apply(Graph graph, Scope scope) {
    Graph.Builder builder = graph.toBuilder();
    List<Node> nodes = new ArrayList<>();
    boolean changed = false;
    for (Node node : graph.nodes()) {
      Optional<Graph> branch = branch(node, scope);
      if (branch.isEmpty()) {
        nodes.add(node);
      } else {
        changed = true;
        Set<String> elsewhere = definedElsewhere(graph, nodes, node);
        nodes.addAll(inlined(node, branch.get(), builder, elsewhere, scope));
        scope.log().add(node, node.outputs());
      }
    }
    return changed ? builder.nodes(nodes).build() : graph;
  }

  private static Optional<Graph> branch(Node node, Scope scope) {
    if (!node.is("If")) {
      return Optional.empty();
    }
    return scope
        .bool(node.input(0))
        .map(taken -> node.attributes().get(taken ? "then_branch" : "else_branch"))
        .filter(Attribute.GraphValue.class::isInstance)
        .map(value -> ((Attribute.GraphValue) value).value())
        .filter(graph -> graph.opaqueInitializers().isEmpty())
        .filter(graph -> graph.outputs().size() >= node.outputs().size());
  }

  /** Names that the graph has without this node: those of the branch must differ from them. */
  private static Set<String> definedElsewhere(Graph graph, List<Node> before, Node node) {
    Set<String> defined = new HashSet<>();
    Graph.Builder others = graph.toBuilder().nodes(before);
    graph.nodes().stream().filter(other -> !other.equals(node)).forEach(others::node);
    others
        .build()
        .walk(each -> {
          each.inputs().forEach(input -> defined.add(input.name()));
          defined.addAll(each.initializers().keySet());
          each.nodes().forEach(inner -> defined.addAll(inner.outputs()));
        });
    return defined;
  }

  private static List<Node> inlined(
      Node node, Graph branch, Graph.Builder outer, Set<String> elsewhere, Scope scope) {
    Map<String, String> names = new HashMap<>();
    Set<String> computed = new HashSet<>();
    branch.nodes().forEach(inner -> computed.addAll(inner.outputs()));
    computed.remove("");
    for (String value : computed) {
      names.put(value, elsewhere.contains(value) ? scope.names().next(value) : value);
    }
    branch
        .initializers()
        .forEach((weight, tensor) -> {
          String name = elsewhere.contains(weight) ? scope.names().next(weight) : weight;
          names.put(weight, name);
          outer.initializer(name, tensor);
        });
    List<Node> handedOn = new ArrayList<>();
    for (int i = 0; i < node.outputs().size(); i++) {
      handOn(branch.outputs().get(i).name(), node.outputs().get(i), names, computed, handedOn);
    }
    List<Node> nodes = new ArrayList<>(Renaming.apply(branch.nodes(), names));
    nodes.addAll(handedOn);
    return nodes;
  }

  /** Gives a branch's output the name of the If's. */
  private static void handOn(
      String inner, String outer, Map<String, String> names, Set<String> computed, List<Node> to) {
    if (outer.isEmpty()) {
      return;
    }
    if (computed.remove(inner)) {
      names.put(inner, outer);
    } else {
      to.add(Node.of("", "Identity", List.of(names.getOrDefault(inner, inner)), outer));
    }
  }
}
