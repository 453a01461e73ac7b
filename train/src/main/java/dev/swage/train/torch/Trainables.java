package dev.swage.train.torch;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which initializers are trained. The rule: a float32 initializer is a parameter when it reaches,
 * directly or through operators that only move elements (Identity, Reshape, Flatten, Transpose,
 * Squeeze, Unsqueeze), a place where an operator reads weights:
 *
 * <ul>
 *   <li>MatMul: both operands; Gemm: A, B and C; Conv: weight and bias;
 *   <li>BatchNormalization and LayerNormalization: scale and bias, not the running statistics;
 *   <li>Gather: the table;
 *   <li>RNN, GRU and LSTM: input and recurrent weights, biases, peepholes, not initial states;
 *   <li>Add and Mul: an operand of more than one element (bias, scale), and one of the shape [1]
 *       that is added to the result of MatMul or Conv (the bias of one unit).
 * </ul>
 *
 * <p>Everything else stays as it is: running statistics (which batch norm updates by its own rule),
 * dropout ratios, shapes, axes, bounds, scalar factors, operands of Sub, Div and Pow, and values of
 * Constant nodes.
 */
final class Trainables {
  private static final Set<String> MOVERS =
      Set.of("Identity", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze");

  private static final Map<String, List<Integer>> WEIGHT_INPUTS =
      Map.ofEntries(
          Map.entry("MatMul", List.of(0, 1)),
          Map.entry("Gemm", List.of(0, 1, 2)),
          Map.entry("Conv", List.of(1, 2)),
          Map.entry("BatchNormalization", List.of(1, 2)),
          Map.entry("LayerNormalization", List.of(1, 2)),
          Map.entry("Gather", List.of(0)),
          Map.entry("RNN", List.of(1, 2, 3)),
          Map.entry("GRU", List.of(1, 2, 3)),
          Map.entry("LSTM", List.of(1, 2, 3, 7)),
          Map.entry("Add", List.of(0, 1)),
          Map.entry("Mul", List.of(0, 1)));

  private static final Set<String> SCALARS_ARE_CONSTANTS = Set.of("Add", "Mul");

  private Trainables() {}

  /** Names of the trained initializers, in file order. */
  static List<String> of(Graph graph) {
    List<String> trained = new ArrayList<>();
    graph
        .initializers()
        .forEach((name, value) -> {
          if (value.dtype() == DType.FLOAT32 && isWeight(graph, name, value)) {
            trained.add(name);
          }
        });
    return trained;
  }

  private static boolean isWeight(Graph graph, String initializer, Tensor value) {
    Set<String> names = new HashSet<>(Set.of(initializer));
    for (Node node : graph.nodes()) { // topological, so that movers come before their readers
      if (readsAsWeight(graph, node, names, value)) {
        return true;
      }
      if (MOVERS.stream().anyMatch(node::is) && names.contains(node.input(0))) {
        names.addAll(node.outputs());
      }
    }
    return false;
  }

  private static boolean readsAsWeight(Graph graph, Node node, Set<String> names, Tensor value) {
    if (!node.is(node.opType())) {
      return false;
    }
    if (SCALARS_ARE_CONSTANTS.contains(node.opType())
        && value.shape().elements() < 2
        && !isBiasOfOneUnit(graph, node, value)) {
      return false;
    }
    return WEIGHT_INPUTS.getOrDefault(node.opType(), List.of()).stream()
        .anyMatch(input -> names.contains(node.input(input)));
  }

  /** A vector of one element that is added to a product: the bias of a layer with one unit. */
  private static boolean isBiasOfOneUnit(Graph graph, Node node, Tensor value) {
    return node.is("Add")
        && value.shape().rank() == 1
        && graph.nodes().stream()
            .filter(other -> other.is("MatMul") || other.is("Conv"))
            .anyMatch(product -> node.inputs().contains(product.outputs().getFirst()));
  }
}
