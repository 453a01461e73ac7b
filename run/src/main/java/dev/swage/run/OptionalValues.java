package dev.swage.run;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Function;
import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which values of a graph are optionals: those of Optional nodes, and what hands them on. ONNX
 * Runtime's Java API describes no model that has one among its outputs.
 */
final class OptionalValues {
  private final OnnxModel model;

  private OptionalValues(OnnxModel model) {
    this.model = model;
  }

  /** The model without outputs that are optionals; itself where there are none. */
  static OnnxModel removedFrom(OnnxModel model) {
    Set<String> optionals = new OptionalValues(model).in(model.graph(), Set.of());
    Graph graph = model.graph();
    boolean none = graph.outputs().stream().noneMatch(output -> optionals.contains(output.name()));
    return none
        ? model
        : model.withGraph(
            graph.toBuilder()
                .outputs(
                    graph.outputs().stream()
                        .filter(output -> !optionals.contains(output.name()))
                        .toList())
                .build());
  }

  private Set<String> in(Graph graph, Set<String> given) {
    Set<String> optionals = new HashSet<>(given);
    for (Node node : graph.nodes()) {
      List<Boolean> made = made(node, optionals);
      for (int i = 0; i < node.outputs().size(); i++) {
        if (i < made.size() && made.get(i)) {
          optionals.add(node.outputs().get(i));
        }
      }
    }
    return optionals;
  }

  /** Of each output of a node, whether it is an optional; outputs beyond the list are none. */
  private List<Boolean> made(Node node, Set<String> optionals) {
    if (node.is("Optional")) {
      return List.of(true);
    }
    if (node.is("Identity")) {
      return List.of(optionals.contains(node.input(0)));
    }
    if (node.is("If")) {
      return ofGraph(node.attributes().get("then_branch"), optionals, 0);
    }
    if (node.is("Loop")) {
      Set<String> carried = new HashSet<>(optionals);
      if (node.attributes().get("body") instanceof Attribute.GraphValue(Graph body)) {
        for (int i = 2; i < node.inputs().size() && i < body.inputs().size(); i++) {
          if (optionals.contains(node.input(i))) {
            carried.add(body.inputs().get(i).name());
          }
        }
      }
      return ofGraph(node.attributes().get("body"), carried, 1);
    }
    Optional<Function> function = model.function(node);
    return function.map(called -> ofFunction(called, node, optionals)).orElse(List.of());
  }

  private List<Boolean> ofGraph(@Nullable Attribute attribute, Set<String> optionals, int from) {
    if (!(attribute instanceof Attribute.GraphValue(Graph graph))) {
      return List.of();
    }
    Set<String> inner = in(graph, optionals);
    List<Boolean> made = new ArrayList<>();
    for (int i = from; i < graph.outputs().size(); i++) {
      made.add(inner.contains(graph.outputs().get(i).name()));
    }
    return made;
  }

  private List<Boolean> ofFunction(Function function, Node call, Set<String> optionals) {
    Set<String> given = new HashSet<>();
    for (int i = 0; i < function.body().inputs().size(); i++) {
      if (optionals.contains(call.input(i))) {
        given.add(function.body().inputs().get(i).name());
      }
    }
    Set<String> inner = in(function.body(), given);
    return function.body().outputs().stream().map(output -> inner.contains(output.name())).toList();
  }
}
