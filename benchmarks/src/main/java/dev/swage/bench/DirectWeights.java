package dev.swage.bench;

import dev.swage.onnx.GraphIndex;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.train.torch.TorchSession;
import dev.swage.train.torch.lib.TensorBridge;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * The weights of a model for a network that is written straight against libtorch, so that both
 * begin with the same numbers and their gradients can be compared. Tensors live as long as the
 * process.
 */
public final class DirectWeights {
  private final OnnxModel model;
  private final GraphIndex index;
  private final Map<String, Weight> weights = new LinkedHashMap<>();

  /** A weight of libtorch's, as the model has it or with its two axes swapped. */
  private record Weight(Tensor tensor, boolean transposed) {}

  public DirectWeights(OnnxModel model) {
    this.model = model;
    this.index = GraphIndex.of(model.graph());
  }

  /** An initializer as it is. */
  public Tensor take(String initializer) {
    return add(initializer, false);
  }

  /**
   * The weight of the linear layer that adds this bias, {@code [outputs, inputs]} as libtorch's
   * {@code linear} reads it.
   */
  public Tensor takeBefore(String bias) {
    Node add = index.consumers(bias).getFirst();
    String sum = add.input(0).equals(bias) ? add.input(1) : add.input(0);
    Node product = index.producer(sum).filter(node -> node.is("MatMul")).orElseThrow();
    return add(product.input(1), true);
  }

  private Tensor add(String initializer, boolean transposed) {
    dev.swage.tensor.Tensor value =
        Objects.requireNonNull(model.graph().initializers().get(initializer), initializer);
    Tensor tensor = TensorBridge.upload(value);
    Tensor own = transposed ? tensor.t().contiguous() : tensor;
    own.set_requires_grad(true);
    weights.put(initializer, new Weight(own, transposed));
    return own;
  }

  /** All that were taken. */
  public TensorVector all() {
    return new TensorVector(weights.values().stream().map(Weight::tensor).toArray(Tensor[]::new));
  }

  /**
   * Fails unless every weight that a session trains was taken, and the gradients of both agree: the
   * L2 norm of their difference is at most {@code tolerance} times that of the gradient, or of a
   * thousandth of all gradients where that is more. (A bias of keys has a gradient of rounding
   * errors only, since softmax does not change when its inputs move together.)
   */
  public void requireSameGradients(TorchSession session, double tolerance) {
    List<TorchSession.Weight> trained = session.weights();
    List<MemorySegment> gradients = session.gradients();
    List<String> without = new ArrayList<>();
    double least = Math.sqrt(gradients.stream().mapToDouble(DirectWeights::squares).sum()) / 1000;
    for (int i = 0; i < trained.size(); i++) {
      TorchSession.Weight weight = trained.get(i);
      Weight taken = weights.get(weight.name());
      if (taken == null) {
        without.add(weight.name() + " " + weight.shape());
      } else {
        requireSame(weight, taken, gradients.get(i), tolerance, least);
      }
    }
    if (!without.isEmpty() || trained.size() != weights.size()) {
      throw new IllegalStateException(
          "Swage trains %d weights, libtorch's network %d; it has no %s"
              .formatted(trained.size(), weights.size(), without));
    }
  }

  private static void requireSame(
      TorchSession.Weight weight,
      Weight taken,
      MemorySegment ours,
      double tolerance,
      double least) {
    try (PointerScope _ = new PointerScope()) {
      Tensor gradient = taken.tensor().grad();
      Tensor ordered = (taken.transposed() ? gradient.t() : gradient).contiguous();
      MemorySegment theirs = TensorBridge.memory(ordered, ours.byteSize());
      double difference =
          Math.sqrt(squares(ours, theirs)) / Math.max(Math.sqrt(squares(theirs)), least);
      if (!(difference <= tolerance)) {
        throw new IllegalStateException(
            "gradients of %s differ by %.3g, at most %.3g is right"
                .formatted(weight.name(), difference, tolerance));
      }
    }
  }

  private static double squares(MemorySegment values) {
    double sum = 0;
    for (long i = 0; i < values.byteSize() / Float.BYTES; i++) {
      double value = values.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      sum += value * value;
    }
    return sum;
  }

  private static double squares(MemorySegment a, MemorySegment b) {
    double sum = 0;
    for (long i = 0; i < a.byteSize() / Float.BYTES; i++) {
      double difference =
          a.getAtIndex(ValueLayout.JAVA_FLOAT, i) - b.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      sum += difference * difference;
    }
    return sum;
  }
}
