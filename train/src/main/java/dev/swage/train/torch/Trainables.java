package dev.swage.train.torch;

import dev.swage.onnx.Graph;
import dev.swage.onnx.Node;
import dev.swage.onnx.op.InputRole;
import dev.swage.onnx.op.OperatorFacts;
import dev.swage.onnx.op.WeightKind;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import dev.swage.train.quantize.FakeQuantize;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

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
 *       that is added to the result of MatMul or Conv (the bias of one unit);
 *   <li>FakeQuantize: scales and zero points, as its method says.
 * </ul>
 *
 * <p>Everything else stays as it is: running statistics (which batch norm updates by its own rule),
 * dropout ratios, shapes, axes, bounds, scalar factors, operands of Sub, Div and Pow, and values of
 * Constant nodes.
 */
public final class Trainables {
  private Trainables() {}

  /** Names of the trained initializers, in file order. */
  public static List<String> of(Graph graph) {
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
      if (isMover(node) && names.contains(node.input(0))) {
        names.addAll(node.outputs());
      }
    }
    return false;
  }

  private static boolean isMover(Node node) {
    return OperatorFacts.of(node).keepsOrder() || node.is("Transpose") || FakeQuantize.is(node);
  }

  private static boolean readsAsWeight(Graph graph, Node node, Set<String> names, Tensor value) {
    boolean scalarIsConstant = node.is("Add") || node.is("Mul");
    if (scalarIsConstant && value.shape().elements() < 2 && !isBiasOfOneUnit(graph, node, value)) {
      return false;
    }
    return IntStream.range(0, node.inputs().size())
        .anyMatch(input -> names.contains(node.input(input)) && isWeight(node, input));
  }

  private static boolean isWeight(Node node, int input) {
    if (FakeQuantize.trains(node, input)) {
      return true;
    }
    return switch (OperatorFacts.of(node).role(node, input)) {
      case InputRole.Weight _, InputRole.Bias _ -> true;
      case InputRole.Normalization _, InputRole.Peephole _ -> true;
      case InputRole.Activation _ -> input == 0 && (isProduct(node) || node.is("Gather"));
      case InputRole.Other _ -> node.is("Mul");
      case InputRole.Statistic _, InputRole.State _ -> false;
      case InputRole.Quantization _, InputRole.Shape _ -> false;
    };
  }

  private static boolean isProduct(Node node) {
    return OperatorFacts.of(node).weight(node, 1).filter(WeightKind::isProduct).isPresent();
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
