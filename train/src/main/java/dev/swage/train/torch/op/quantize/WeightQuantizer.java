package dev.swage.train.torch.op.quantize;

import dev.swage.quant.FakeQuantizer;
import dev.swage.quant.QuantParams;
import dev.swage.tensor.DType;
import dev.swage.train.quantize.FakeQuantize;
import dev.swage.train.quantize.QuantizerParams;
import dev.swage.train.quantize.StepSizeException;
import dev.swage.train.quantize.WeightRange;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Backward;
import dev.swage.train.torch.program.Call;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A weight as its codes give it. For autograd the result is a leaf; its gradient becomes that of
 * the weight and of the scales when the backward pass is over, in one pass of Swage's own kernel.
 */
final class WeightQuantizer {
  /** A tensor has its storage, and so has who asks. */
  private static final long ALONE = 2;

  private final FakeQuantize facts;
  private final FakeQuantizer kernel;
  private final String name;

  WeightQuantizer(FakeQuantize facts, String name) {
    this.facts = facts;
    this.name = name;
    this.kernel = FakeQuantizer.of(facts.shape(), facts.scheme());
  }

  Tensor apply(Call call) {
    if (!call.quantizers().codes()) {
      return call.in(0);
    }
    Tensor weight = new Tensor(call.in(0));
    Tensor scale = new Tensor(call.in(1));
    boolean learns = scale.requires_grad() && call.quantizers().moving();
    boolean differentiated = call.training() && (weight.requires_grad() || learns);
    try (AutoGradMode _ = new NoGradGuard()) {
      QuantParams params = params(call, weight);
      Tensor result = TensorBridge.empty(ScalarType.Float, TensorBridge.dims(weight));
      kernel.forward(
          TensorBridge.floats(weight),
          params.scales(),
          params.zeroPoints(),
          TensorBridge.floats(result));
      if (differentiated) {
        result.set_requires_grad(true);
        Pass pass = new Pass(weight, scale, learns, result, params);
        call.afterBackward(pass::backward);
      }
      return result;
    }
  }

  private QuantParams params(Call call, Tensor weight) {
    float[] stored = call.floats(1);
    if (!facts.follows(stored)) {
      return QuantizerParams.of(
          facts.scheme().granularity().paramShape(facts.shape()),
          stored,
          call.floats(2),
          facts.scheme(),
          name);
    }
    try {
      return WeightRange.of(
          dev.swage.tensor.Tensor.of(DType.FLOAT32, facts.shape(), TensorBridge.floats(weight)),
          facts.scheme());
    } catch (IllegalArgumentException e) { // looked at closely only then
      Tensor largest = weight.abs().max();
      StepSizeException.require(
          name, TensorBridge.floats(largest).get(dev.swage.tensor.Tensor.LE_FLOAT, 0));
      throw e;
    }
  }

  /** The gradient's own memory where nothing else is in it: what is read is not read again. */
  private static Tensor room(Tensor gradient) {
    return gradient.is_contiguous() && gradient.storage().use_count() <= ALONE
        ? gradient
        : TensorBridge.empty(ScalarType.Float, TensorBridge.dims(gradient));
  }

  private final class Pass {
    private final Tensor weight;
    private final Tensor scale;
    private final boolean learns;
    private final Tensor result;
    private final QuantParams params;

    Pass(Tensor weight, Tensor scale, boolean learns, Tensor result, QuantParams params) {
      this.weight = weight;
      this.scale = scale;
      this.learns = learns;
      this.result = new Tensor(result);
      this.params = params;
    }

    void backward() {
      Tensor gradient = result.grad();
      if (!gradient.defined()) {
        return;
      }
      try (AutoGradMode _ = new NoGradGuard()) {
        Tensor byWeight = room(gradient);
        double[] byScale = new double[kernel.slots()];
        kernel.backward(
            TensorBridge.floats(weight),
            TensorBridge.floats(gradient),
            params.scales(),
            params.zeroPoints(),
            TensorBridge.floats(byWeight),
            byScale,
            new double[kernel.slots()]);
        if (weight.requires_grad()) {
          Backward.handOver(weight, byWeight);
        }
        if (learns) {
          long each = facts.shape().elements() / kernel.slots();
          Backward.from(scale, StepGradients.of(byScale, facts, each, params.shape()));
        }
      }
    }
  }
}
