package dev.swage.bench;

import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The MNIST conv net written straight against libtorch's functions: what a training step costs when
 * nothing but libtorch's forward pass, loss and backward pass runs. No graph is interpreted, no
 * batch is gathered, nothing is clipped or updated. Its tensors live as long as the process.
 */
final class BareTorchNet {
  private static final long[] ONE = {1, 1};
  private static final long[] TWO = {2, 2};
  private static final long[] NONE = {0, 0};

  private final Tensor conv1 = weight(9, 32, 1, 3, 3);
  private final Tensor conv1Bias = weight(0, 32);
  private final Tensor conv2 = weight(288, 64, 32, 3, 3);
  private final Tensor conv2Bias = weight(0, 64);
  private final Tensor dense1 = weight(9216, 128, 9216);
  private final Tensor dense1Bias = weight(0, 128);
  private final Tensor dense2 = weight(128, 10, 128);
  private final Tensor dense2Bias = weight(0, 10);
  private final boolean quantized;
  private final List<Tensor> weights =
      List.of(conv1, conv1Bias, conv2, conv2Bias, dense1, dense1Bias, dense2, dense2Bias);

  BareTorchNet() {
    this(false);
  }

  /**
   * @param quantized whether weights (int8, per output channel) and activations (uint8) go through
   *     libtorch's fused fake-quantize; without dropout then, as a model that is prepared for codes
   */
  BareTorchNet(boolean quantized) {
    this.quantized = quantized;
  }

  /** Normal with variance 2/fanIn (He), or zeros where there are no inputs. */
  private static Tensor weight(int fanIn, long... shape) {
    Tensor values = torch.zeros(shape);
    if (fanIn > 0) {
      values.normal_(0, Math.sqrt(2.0 / fanIn), new GeneratorOptional());
    }
    return values.set_requires_grad(true);
  }

  /** How many parameters the net has. */
  long parameters() {
    return weights.stream().mapToLong(Tensor::numel).sum();
  }

  /**
   * One forward and backward pass over a batch; the gradients replace the last step's.
   *
   * @param images float32 {@code [n, 1, 28, 28]}, native
   * @param labels int64 {@code [n]}, native
   * @return the loss before
   */
  float forwardBackward(MemorySegment images, MemorySegment labels, int size) {
    try (PointerScope _ = new PointerScope()) {
      for (Tensor weight : weights) {
        if (weight.grad().defined()) {
          weight.mutable_grad().reset();
        }
      }
      Tensor scores = scores(TorchMemory.floats(images, Shape.of(size, 1, 28, 28)));
      Tensor loss = torch.cross_entropy_loss(scores, TorchMemory.longs(labels, Shape.of(size)));
      loss.backward();
      return loss.item_float();
    }
  }

  /** So many passes, each over the next batch. */
  void passes(ImageSamples samples, int steps, int batch) {
    for (int i = 0; i < steps; i++) {
      float loss =
          forwardBackward(
              samples.images(i * batch, batch), samples.labels(i * batch, batch), batch);
      if (!Float.isFinite(loss)) {
        throw new IllegalStateException("libtorch's own pass gives a loss of " + loss);
      }
    }
  }

  private Tensor scores(Tensor x) {
    Tensor h = codes(torch.relu(convolve(codes(x), coded(conv1), conv1Bias)));
    h = codes(torch.relu(convolve(h, coded(conv2), conv2Bias)));
    h = codes(torch.max_pool2d(h, TWO, TWO, NONE, ONE, false));
    h = torch.flatten(torch.dropout(h, 0.25, !quantized), 1, -1);
    h = codes(torch.relu(torch.linear(h, coded(dense1), new TensorOptional(dense1Bias))));
    h = torch.dropout(h, 0.5, !quantized);
    return codes(torch.linear(h, coded(dense2), new TensorOptional(dense2Bias)));
  }

  private Tensor codes(Tensor activation) {
    return quantized
        ? torch.fake_quantize_per_tensor_affine(activation, 0.05, 0, 0, 255)
        : activation;
  }

  private Tensor coded(Tensor weight) {
    if (!quantized) {
      return weight;
    }
    long[] channels = {weight.size(0)};
    return torch.fake_quantize_per_channel_affine(
        weight,
        torch.full(channels, new Scalar(0.01)),
        torch.zeros(channels, torch.dtype(torch.ScalarType.Int)),
        0,
        -127,
        127);
  }

  private static Tensor convolve(Tensor x, Tensor weight, Tensor bias) {
    return torch.conv2d(x, weight, new TensorOptional(bias), ONE, NONE, ONE, 1);
  }
}
