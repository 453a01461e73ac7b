package dev.swage.bench;

import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxModel;
import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A multi-layer perceptron written straight against libtorch: {@code linear} and {@code relu} in
 * turn, cross-entropy, backward pass. Its tensors live as long as the process.
 */
final class BareTorchPerceptron {
  private final int width;
  private final List<Tensor> weights = new ArrayList<>();
  private final List<TensorOptional> biases = new ArrayList<>();
  private final List<Tensor> all = new ArrayList<>();

  /**
   * @param model dense layers with ReLU in between, all of one width
   */
  BareTorchPerceptron(OnnxModel model, DirectWeights source, int width) {
    this.width = width;
    for (Node node : model.graph().nodes()) {
      if (node.is("Add")) {
        String bias = node.input(1);
        Tensor weight = source.takeBefore(bias);
        Tensor taken = source.take(bias);
        weights.add(weight);
        biases.add(new TensorOptional(taken));
        all.add(weight);
        all.add(taken);
      }
    }
  }

  int layers() {
    return weights.size();
  }

  /** One forward and backward pass; the gradients replace the last one's. */
  float forwardBackward(MemorySegment rows, MemorySegment labels, int size) {
    try (PointerScope _ = new PointerScope()) {
      for (Tensor tensor : all) {
        tensor.mutable_grad().reset();
      }
      Tensor x = TorchMemory.floats(rows, Shape.of(size, width));
      for (int i = 0; i < weights.size(); i++) {
        x = torch.linear(x, weights.get(i), biases.get(i));
        x = i + 1 < weights.size() ? torch.relu(x) : x;
      }
      Tensor loss = torch.cross_entropy_loss(x, TorchMemory.longs(labels, Shape.of(size)));
      loss.backward();
      return loss.item_float();
    }
  }
}
