package dev.swage.graph.inline;

import dev.swage.graph.facts.Constants;
import dev.swage.graph.facts.Inference;
import dev.swage.graph.facts.InferredTypes;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A graph that is being written anew, node after node, in operator sets of its own: the model's, a
 * graph inside a node, or the body of a function before it is put into its caller's graph. Values
 * of the level around it are seen from it.
 */
final class Level {
  private final OnnxModel model;
  private final Optional<Level> outer;
  private final SharedConstants shared;
  private final Map<String, Long> opsets;
  private final Graph frame;
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Tensor> initializers = new HashMap<>();
  private final List<ValueInfo> valueInfos = new ArrayList<>();
  private InferredTypes known = new InferredTypes();

  /**
   * @param model the model under work, for all but its graph and operator sets
   * @param opsets by domain; a graph inside a node has the same map as the one around it
   * @param frame what the graph has besides nodes
   */
  Level(
      OnnxModel model,
      Optional<Level> outer,
      SharedConstants shared,
      Map<String, Long> opsets,
      Graph frame) {
    this.model = model.withFunctions(List.of());
    this.outer = outer;
    this.shared = shared;
    this.opsets = opsets;
    this.frame = frame;
  }

  /** A level for a graph that sees the values of this one. */
  Level inside(Map<String, Long> itsOpsets, Graph itsFrame) {
    return new Level(model, Optional.of(this), shared, itsOpsets, itsFrame);
  }

  Map<String, Long> opsets() {
    return opsets;
  }

  void add(Node node) {
    nodes.add(node);
  }

  /** Nodes, constants and descriptions of values of a body that is written in these opsets. */
  void add(Graph body) {
    nodes.addAll(body.nodes());
    initializers.putAll(body.initializers());
    valueInfos.addAll(body.valueInfos());
  }

  /** The graph as far as it is written. */
  Graph graph() {
    List<ValueInfo> described = new ArrayList<>(frame.valueInfos());
    described.addAll(valueInfos);
    Graph.Builder builder = frame.toBuilder().nodes(nodes).valueInfos(described);
    initializers.forEach(builder::initializer);
    return builder.build();
  }

  /** Constants of the levels around this one. */
  Map<String, Tensor> around() {
    Map<String, Tensor> constants =
        outer
            .map(level -> Constants.visible(level.graph(), level.around()))
            .orElseGet(HashMap::new);
    constants.putAll(shared.tensors());
    return constants;
  }

  /** The model with this level's graph, in its operator sets. */
  OnnxModel asModel(Graph graph) {
    return model.withOpsets(opsets).withGraph(graph);
  }

  /** What is known of the values here and around. */
  InferredTypes facts(Function<OnnxModel, Optional<List<ValueInfo>>> loading) {
    InferredTypes seen = outer.map(level -> known.or(level.facts(loading))).orElse(known);
    Graph graph = graph();
    Graph.Builder whole = graph.toBuilder();
    Map<String, Tensor> constants = around();
    for (String captured : GraphIndex.captures(graph)) {
      Optional.ofNullable(constants.get(captured))
          .ifPresent(tensor -> whole.initializer(captured, tensor));
    }
    known = Inference.of(asModel(whole.build()), seen, loading);
    return known.or(seen);
  }
}
