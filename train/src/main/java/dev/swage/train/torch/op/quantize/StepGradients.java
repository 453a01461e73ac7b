package dev.swage.train.torch.op.quantize;

import dev.swage.tensor.Shape;
import dev.swage.train.quantize.FakeQuantize;
import dev.swage.train.quantize.QuantizerMethod;
import dev.swage.train.torch.lib.TensorBridge;
import org.bytedeco.pytorch.Tensor;

/** Gradients of scales, as autograd takes them. */
final class StepGradients {
  private StepGradients() {}

  /**
   * LSQ's scale of a gradient is {@code 1 / √(N · qmax)}.
   *
   * @param elements N, that share a scale
   */
  static Tensor of(double[] sums, FakeQuantize facts, long elements, Shape shape) {
    double scale =
        facts.scalesGradient() && facts.method() != QuantizerMethod.PACT
            ? 1 / Math.sqrt((double) Math.max(1, elements) * facts.scheme().qmax())
            : 1;
    float[] gradients = new float[sums.length];
    for (int i = 0; i < gradients.length; i++) {
      gradients[i] = (float) (sums[i] * scale);
    }
    return TensorBridge.upload(dev.swage.tensor.Tensor.ofFloats(shape, gradients));
  }
}
