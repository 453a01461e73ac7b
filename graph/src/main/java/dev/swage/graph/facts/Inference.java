package dev.swage.graph.facts;

import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Types and shapes by a runtime's own inference: it loads, and does not run, the graph without its
 * large weights and with every value as an output. Graphs inside nodes are loaded on their own.
 */
public final class Inference {
  /** Larger constants are no shapes; the graph gets them as inputs of that shape. */
  private static final long SHAPE_BYTES = 4096;

  private final OnnxModel model;
  private final InferredTypes before;
  private final Function<OnnxModel, Optional<List<ValueInfo>>> loading;
  private final InferredTypes facts = new InferredTypes();

  private Inference(
      OnnxModel model,
      InferredTypes before,
      Function<OnnxModel, Optional<List<ValueInfo>>> loading) {
    this.model = model;
    this.before = before;
    this.loading = loading;
  }

  /**
   * What is known of the model's values; of a graph that cannot be loaded, what it declares.
   *
   * @param before what was known before the model was rewritten; nodes whose outputs it knows in
   *     full are not asked for again
   * @param loading describes the outputs of a model; empty when it cannot
   */
  public static InferredTypes of(
      OnnxModel model,
      InferredTypes before,
      Function<OnnxModel, Optional<List<ValueInfo>>> loading) {
    Inference inference = new Inference(model, before, loading);
    inference.visit(model.graph(), Map.of());
    return inference.facts;
  }

  private void visit(Graph graph, Map<String, Tensor> outer) {
    infer(graph, outer).forEach(facts::add);
    Map<String, Tensor> visible = Constants.visible(graph, outer);
    graph.nodes().forEach(node -> node.subgraphs().forEach(inner -> visit(inner, visible)));
  }

  private List<ValueInfo> infer(Graph graph, Map<String, Tensor> outer) {
    List<ValueInfo> known = new ArrayList<>(graph.inputs());
    graph
        .initializers()
        .forEach((name, tensor) -> {
          if (known.stream().noneMatch(input -> input.name().equals(name))) {
            known.add(ValueInfo.of(name, tensor.dtype(), tensor.shape()));
          }
        });
    List<Node> open = new ArrayList<>();
    Set<String> computed = new HashSet<>();
    for (Node node : graph.nodes()) {
      if (isKnown(node)) {
        node.outputs().forEach(output -> before.find(output).ifPresent(known::add));
      } else {
        open.add(node);
        computed.addAll(node.outputs());
      }
    }
    computed.remove("");
    Optional<List<ValueInfo>> values =
        skeleton(graph.toBuilder().nodes(open).build(), outer, computed)
            .flatMap(skeleton -> loading.apply(model.withGraph(skeleton)));
    values.orElseGet(() -> declared(graph)).stream()
        .filter(value -> computed.contains(value.name()))
        .forEach(known::add);
    return known;
  }

  private boolean isKnown(Node node) {
    return node.subgraphs().isEmpty()
        && node.outputs().stream()
            .allMatch(output ->
                output.isEmpty()
                    || (before.shape(output).isPresent() && before.dtype(output).isPresent()));
  }

  /** What the graph says of its values; of an output, what stands in the list of outputs. */
  private static List<ValueInfo> declared(Graph graph) {
    Map<String, ValueInfo> values = new LinkedHashMap<>();
    graph.valueInfos().forEach(value -> values.put(value.name(), value));
    graph.outputs().forEach(value -> values.put(value.name(), value));
    return List.copyOf(values.values());
  }

  /** The graph on its own; empty when it reads an outer value nothing is known of. */
  private Optional<Graph> skeleton(Graph graph, Map<String, Tensor> outer, Set<String> computed) {
    Graph.Builder builder = graph.toBuilder();
    Set<String> inputs = new HashSet<>();
    graph.inputs().forEach(input -> inputs.add(input.name()));
    graph
        .initializers()
        .forEach((name, tensor) -> {
          if (tensor.byteSize() > SHAPE_BYTES) {
            builder.removeInitializer(name);
            if (!inputs.contains(name)) {
              builder.input(ValueInfo.of(name, tensor.dtype(), tensor.shape()));
            }
          }
        });
    for (String captured : GraphIndex.captures(graph)) {
      Tensor constant = outer.get(captured);
      if (constant != null && constant.byteSize() <= SHAPE_BYTES) {
        builder.initializer(captured, constant);
      } else {
        Optional<ValueInfo> known =
            facts
                .find(captured)
                .or(() -> before.find(captured))
                .filter(value -> value.dtype().isPresent());
        if (known.isEmpty()) {
          return Optional.empty();
        }
        builder.input(known.get());
      }
    }
    builder.outputs(
        computed.stream()
            .sorted()
            .map(name -> new ValueInfo(name, Optional.empty(), Optional.empty()))
            .toList());
    return computed.isEmpty() ? Optional.empty() : Optional.of(builder.build());
  }
}
