package dev.swage.compress.qdq;

import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.LeftOutReason;
import dev.swage.compress.calibrate.TensorCalibration;
import dev.swage.onnx.Graph;
import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** What the nodes of a graph read: activations, constant operands, weights, biases. */
final class Operands {
  private final Graph graph;
  private final GraphIndex index;
  private final Map<String, TensorCalibration> observed = new HashMap<>();
  private final Map<String, LeftOutReason> leftOut = new HashMap<>();

  /** Nothing observed. */
  Operands(Graph graph) {
    this.graph = graph;
    this.index = GraphIndex.of(graph);
  }

  Operands(Graph graph, Calibration calibration) {
    this(graph);
    calibration.tensors().forEach(tensor -> observed.put(tensor.name(), tensor));
    calibration.leftOut().forEach(value -> leftOut.put(value.tensor(), value.reason()));
  }

  GraphIndex index() {
    return index;
  }

  Optional<Tensor> constant(String value) {
    boolean fed = graph.inputs().stream().anyMatch(input -> input.name().equals(value));
    return fed ? Optional.empty() : Optional.ofNullable(graph.initializers().get(value));
  }

  Optional<TensorCalibration> observed(String value) {
    return Optional.ofNullable(observed.get(value));
  }

  /** Why nothing was observed of a value, where calibration says. */
  Optional<LeftOutReason> leftOut(String value) {
    return Optional.ofNullable(leftOut.get(value));
  }

  /** The constant second factor, or the kernel; empty where both factors are activations. */
  Optional<Tensor> weight(Node node) {
    return OperatorKind.of(node) == OperatorKind.PRODUCT
        ? constant(node.input(1))
        : Optional.empty();
  }

  /** Positions of the inputs that are read as codes and are not the weight or the bias. */
  List<Integer> positions(Node node) {
    int count =
        switch (OperatorKind.of(node)) {
          case PRODUCT -> weight(node).isPresent() ? 1 : 2;
          case ELEMENTWISE, CONCAT -> node.inputs().size();
          case CODES, CLIP, FLOAT -> 1;
        };
    return IntStream.range(0, Math.min(count, node.inputs().size())).boxed().toList();
  }

  /** The values at those positions that depend on the model's inputs. */
  List<String> activations(Node node) {
    return positions(node).stream()
        .map(node::input)
        .filter(value -> constant(value).isEmpty())
        .toList();
  }

  /** Where a Relu or Clip cuts off below; NaN where that is computed. */
  double lowerBound(Node clip) {
    return clip.is("Relu") ? 0 : bound(clip.input(1), Double.NEGATIVE_INFINITY);
  }

  /** Where a Relu or Clip cuts off above; NaN where that is computed. */
  double upperBound(Node clip) {
    return clip.is("Relu")
        ? Double.POSITIVE_INFINITY
        : bound(clip.input(2), Double.POSITIVE_INFINITY);
  }

  private double bound(String value, double none) {
    return value.isEmpty()
        ? none
        : constant(value).map(tensor -> (double) tensor.getFloat(0)).orElse(Double.NaN);
  }

  /** The float constants among a node's inputs. */
  List<String> constants(Node node) {
    return node.inputs().stream()
        .filter(value -> constant(value).filter(t -> t.dtype() == DType.FLOAT32).isPresent())
        .toList();
  }
}
