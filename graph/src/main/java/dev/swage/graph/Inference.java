package dev.swage.graph;

import dev.swage.onnx.FreshNames;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.run.SessionOptions;
import dev.swage.run.SessionOptions.GraphOptimization;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Types and shapes by ONNX Runtime's own inference: it loads, and does not run, the graph without
 * its large weights and with every value as an output. Graphs inside nodes are loaded on their own.
 */
final class Inference {
  /** Larger constants are no shapes; the graph gets them as inputs of that shape. */
  private static final long SHAPE_BYTES = 4096;

  private static final SessionOptions AS_WRITTEN =
      SessionOptions.defaults().withOptimization(GraphOptimization.NONE).withThreads(1);

  private final OnnxModel model;
  private final Facts before;
  private final Facts facts = new Facts();

  private Inference(OnnxModel model, Facts before) {
    this.model = model;
    this.before = before;
  }

  /**
   * What is known of the model's values; of a graph ONNX Runtime cannot load, what it declares.
   *
   * @param before what was known before the model was rewritten; nodes whose outputs it knows in
   *     full are not asked for again
   */
  static Facts of(OnnxModel model, Facts before) {
    Inference inference = new Inference(model, before);
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
    Optional<Graph> skeleton = skeleton(graph.toBuilder().nodes(open).build(), outer, computed);
    if (skeleton.isEmpty()) {
      known.addAll(declared(graph, computed));
      return known;
    }
    try {
      List<ValueInfo> values =
          load(skeleton.get()).stream().filter(value -> computed.contains(value.name())).toList();
      known.addAll(withScalars(values, skeleton.get()));
    } catch (RunException e) {
      known.addAll(declared(graph, computed));
    }
    return known;
  }

  private boolean isKnown(Node node) {
    return node.subgraphs().isEmpty()
        && node.outputs().stream()
            .allMatch(output ->
                output.isEmpty()
                    || (before.shape(output).isPresent() && before.dtype(output).isPresent()));
  }

  /** The outputs of a graph as ONNX Runtime describes them. */
  private List<ValueInfo> load(Graph graph) {
    byte[] bytes = OnnxWriter.toBytes(model.withGraph(graph));
    try (ModelSession session = ModelSession.open(graph.name(), bytes, AS_WRITTEN)) {
      return session.outputs();
    }
  }

  /**
   * ONNX Runtime's Java API describes scalars and tensors of unknown rank alike, by no dimensions.
   * The output of a Shape node tells them apart: it has 0 elements, or nobody knows how many.
   */
  private List<ValueInfo> withScalars(List<ValueInfo> values, Graph skeleton) {
    Graph.Builder asking = skeleton.toBuilder().outputs(List.of());
    Map<String, String> shapes = new HashMap<>();
    FreshNames names = FreshNames.of(skeleton);
    for (ValueInfo value : values) {
      if (value.dtype().isPresent() && value.dims().filter(List::isEmpty).isPresent()) {
        String shape = names.next(value.name() + "_shape");
        shapes.put(shape, value.name());
        asking.node(Node.of("", "Shape", List.of(value.name()), shape));
        asking.output(new ValueInfo(shape, Optional.empty(), Optional.empty()));
      }
    }
    if (shapes.isEmpty()) {
      return values;
    }
    Set<String> asked = new HashSet<>(shapes.values());
    Set<String> scalars = new HashSet<>();
    for (ValueInfo shape : load(asking.build())) {
      if (shape.dims().equals(Optional.of(List.of(new Dim.Fixed(0))))) {
        scalars.add(String.valueOf(shapes.get(shape.name())));
      }
    }
    return values.stream()
        .map(value ->
            !asked.contains(value.name()) || scalars.contains(value.name())
                ? value
                : new ValueInfo(value.name(), value.dtype(), Optional.empty()))
        .toList();
  }

  private static List<ValueInfo> declared(Graph graph, Set<String> computed) {
    List<ValueInfo> values = new ArrayList<>(graph.valueInfos());
    values.addAll(graph.outputs());
    return values.stream().filter(value -> computed.contains(value.name())).toList();
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
