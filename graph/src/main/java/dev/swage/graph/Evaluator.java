package dev.swage.graph;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxWriter;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.ModelSession;
import dev.swage.run.RunException;
import dev.swage.run.SessionOptions;
import dev.swage.run.SessionOptions.GraphOptimization;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Computes nodes all of whose inputs are constants, in ONNX Runtime. */
final class Evaluator {
  private static final SessionOptions AS_WRITTEN =
      SessionOptions.defaults().withOptimization(GraphOptimization.NONE).withThreads(1);

  private final OnnxModel model;
  private final Map<String, Tensor> constants;

  /**
   * @param values by name
   * @param failed nodes that could not be computed, by identity
   */
  record Result(Map<String, Tensor> values, Set<Node> failed) {}

  Evaluator(OnnxModel model, Map<String, Tensor> constants) {
    this.model = model;
    this.constants = constants;
  }

  /** The wanted values: all at once, or one node at a time where one of them fails. */
  Result evaluate(List<Node> nodes, Set<String> wanted) {
    try {
      return new Result(run(nodes, wanted, constants), Set.of());
    } catch (RunException e) {
      return oneByOne(nodes);
    }
  }

  private Result oneByOne(List<Node> nodes) {
    Map<String, Tensor> known = new HashMap<>(constants);
    Map<String, Tensor> values = new HashMap<>();
    Set<Node> failed = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Node node : nodes) {
      Set<String> wanted = new HashSet<>(node.outputs());
      wanted.remove("");
      if (!node.inputs().stream().allMatch(input -> input.isEmpty() || known.containsKey(input))) {
        failed.add(node);
        continue;
      }
      try {
        Map<String, Tensor> computed = run(List.of(node), wanted, known);
        known.putAll(computed);
        values.putAll(computed);
      } catch (RunException e) {
        // What cannot be computed now, as in a branch that is never taken, is not computed ahead.
        failed.add(node);
      }
    }
    return new Result(values, failed);
  }

  private Map<String, Tensor> run(List<Node> nodes, Set<String> wanted, Map<String, Tensor> known) {
    if (wanted.isEmpty()) {
      return Map.of();
    }
    Graph.Builder builder = Graph.builder("constants").nodes(nodes);
    for (Node node : nodes) {
      for (String input : node.inputs()) {
        Tensor constant = known.get(input);
        if (constant != null) {
          builder.initializer(input, constant);
        }
      }
    }
    List<String> names = new ArrayList<>(new TreeSet<>(wanted));
    names.forEach(name -> builder.output(new ValueInfo(name, Optional.empty(), Optional.empty())));
    OnnxModel constant = OnnxModel.of(builder.build()).withIrVersion(model.irVersion());
    for (Map.Entry<String, Long> opset : model.opsets().entrySet()) {
      constant = constant.withOpset(opset.getKey(), opset.getValue());
    }
    byte[] bytes = OnnxWriter.toBytes(constant);
    try (ModelSession session = ModelSession.open("constants", bytes, AS_WRITTEN)) {
      List<Tensor> results = session.run(List.of());
      Map<String, Tensor> values = new HashMap<>();
      for (int i = 0; i < names.size(); i++) {
        values.put(names.get(i), results.get(i));
      }
      return values;
    }
  }
}
