package dev.swage.graph.fold;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.ValueInfo;
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
import java.util.function.Function;

/** Computes nodes all of whose inputs are constants, in a runtime. */
final class Evaluator {
  private final OnnxModel model;
  private final Map<String, Tensor> constants;
  private final Function<OnnxModel, Optional<List<Tensor>>> runtime;

  /**
   * @param values by name
   * @param failed nodes that could not be computed, by identity
   */
  record Result(Map<String, Tensor> values, Set<Node> failed) {}

  /**
   * @param model the model the nodes are of, for its operator sets
   * @param runtime gives the outputs of a model without inputs; empty when it cannot
   */
  Evaluator(
      OnnxModel model,
      Map<String, Tensor> constants,
      Function<OnnxModel, Optional<List<Tensor>>> runtime) {
    this.model = model;
    this.constants = constants;
    this.runtime = runtime;
  }

  /** The wanted values: all at once, or one node at a time where one of them fails. */
  Result evaluate(List<Node> nodes, Set<String> wanted) {
    return run(nodes, wanted, constants)
        .map(values -> new Result(values, Set.of()))
        .orElseGet(() -> oneByOne(nodes));
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
      Optional<Map<String, Tensor>> computed = run(List.of(node), wanted, known);
      if (computed.isEmpty()) {
        // What cannot be computed now, as in a branch that is never taken, is not computed ahead.
        failed.add(node);
        continue;
      }
      known.putAll(computed.get());
      values.putAll(computed.get());
    }
    return new Result(values, failed);
  }

  private Optional<Map<String, Tensor>> run(
      List<Node> nodes, Set<String> wanted, Map<String, Tensor> known) {
    if (wanted.isEmpty()) {
      return Optional.of(Map.of());
    }
    List<String> names = new ArrayList<>(new TreeSet<>(wanted));
    return runtime
        .apply(constantModel(nodes, names, known))
        .map(results -> {
          Map<String, Tensor> values = new HashMap<>();
          for (int i = 0; i < names.size(); i++) {
            values.put(names.get(i), results.get(i));
          }
          return values;
        });
  }

  /** A model of these nodes alone, without inputs. */
  private OnnxModel constantModel(
      List<Node> nodes, List<String> outputs, Map<String, Tensor> known) {
    Graph.Builder builder = Graph.builder("constants").nodes(nodes);
    for (Node node : nodes) {
      for (String input : node.inputs()) {
        Tensor constant = known.get(input);
        if (constant != null) {
          builder.initializer(input, constant);
        }
      }
    }
    outputs.forEach(
        name -> builder.output(new ValueInfo(name, Optional.empty(), Optional.empty())));
    OnnxModel constant = OnnxModel.of(builder.build()).withIrVersion(model.irVersion());
    for (Map.Entry<String, Long> opset : model.opsets().entrySet()) {
      constant = constant.withOpset(opset.getKey(), opset.getValue());
    }
    return constant;
  }
}
