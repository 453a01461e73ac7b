package dev.swage.train.torch.op.quantize;

import dev.swage.quant.FakeQuantizer;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantParams;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.tensor.Shape;
import dev.swage.train.quantize.FakeQuantize;
import dev.swage.train.quantize.QuantizerMethod;
import dev.swage.train.quantize.QuantizerParams;
import dev.swage.train.quantize.QuantizerPhase;
import dev.swage.train.quantize.StepSizeException;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Backward;
import dev.swage.train.torch.program.Call;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * An activation as its codes give it. For autograd it is the value cut off at the ends of the
 * range, which has just the gradient that passes straight through; the numbers in it are the
 * codes'. What the scale learns is made of the result's gradient when the backward pass is over.
 */
final class ActivationQuantizer {
  private final FakeQuantize facts;
  private final QuantScheme scheme;
  private final String name;

  ActivationQuantizer(FakeQuantize facts, String name) {
    this.facts = facts;
    this.scheme = facts.scheme();
    this.name = name;
  }

  Tensor apply(Call call) {
    Tensor x = call.in(0).contiguous();
    QuantizerPhase phase = call.quantizers();
    if (call.training() && phase.moving() && (facts.observes() || !phase.codes()) && call.has(3)) {
      observe(x, call.in(3), phase.share());
    }
    if (!phase.codes()) {
      return call.in(0);
    }
    QuantParams params = params(call);
    FakeQuantizer kernel = kernel(x.numel());
    if (!call.training()) {
      Tensor result = TensorBridge.empty(ScalarType.Float, TensorBridge.dims(x));
      forward(kernel, x, params, result);
      return result;
    }
    float scale = params.scales()[0];
    int zero = params.zeroPoints()[0];
    Tensor result =
        torch.clamp(
            x, bound((scheme.qmin() - zero) * scale), bound((scheme.qmax() - zero) * scale));
    forward(kernel, x, params, result);
    Tensor step = new Tensor(call.in(1));
    Tensor offset = new Tensor(call.in(2));
    if (phase.moving() && (step.requires_grad() || offset.requires_grad())) {
      if (result.requires_grad()) {
        result.retain_grad();
      } else { // an input of the graph: its scale learns all the same
        result.set_requires_grad(true);
      }
      Pass pass = new Pass(new Tensor(x), step, offset, new Tensor(result), params);
      call.afterBackward(pass::backward);
    }
    return result;
  }

  private static ScalarOptional bound(float value) {
    return new ScalarOptional(new Scalar(value));
  }

  private FakeQuantizer kernel(long elements) {
    return new FakeQuantizer(
        Shape.of(elements), Granularity.perTensor(), scheme.qmin(), scheme.qmax());
  }

  private static void forward(FakeQuantizer kernel, Tensor x, QuantParams params, Tensor result) {
    kernel.forward(
        TensorBridge.floats(x), params.scales(), params.zeroPoints(), TensorBridge.floats(result));
  }

  private QuantParams params(Call call) {
    if (facts.observes()) {
      float[] range = call.floats(3);
      StepSizeException.require(name, range[1] - range[0]);
      ScaleZeroPoint codes = ScaleZeroPoint.of(range[0], range[1], scheme);
      return new QuantParams(
          Shape.of(), new float[] {codes.scale()}, new int[] {codes.zeroPoint()});
    }
    return QuantizerParams.of(Shape.of(), call.floats(1), call.floats(2), scheme, name);
  }

  /** The range's ends move a little towards those of the batch. */
  private static void observe(Tensor x, Tensor range, float share) {
    try (AutoGradMode _ = new NoGradGuard()) {
      Tensor ends = torch.stack(new org.bytedeco.pytorch.TensorVector(x.min(), x.max()), 0);
      range.mul_(new Scalar(1 - share)).add_(ends, new Scalar(share));
    }
  }

  private final class Pass {
    private final Tensor x;
    private final Tensor step;
    private final Tensor offset;
    private final Tensor result;
    private final QuantParams params;

    Pass(Tensor x, Tensor step, Tensor offset, Tensor result, QuantParams params) {
      this.x = x;
      this.step = step;
      this.offset = offset;
      this.result = result;
      this.params = params;
    }

    void backward() {
      Tensor gradient = result.grad();
      if (!gradient.defined()) {
        return;
      }
      try (AutoGradMode _ = new NoGradGuard()) {
        double[] byStep = new double[1];
        double[] byOffset = new double[1];
        if (facts.method() == QuantizerMethod.PACT) {
          byStep[0] = aboveTimesCodes(gradient);
        } else {
          kernel(x.numel())
              .stepGradients(
                  TensorBridge.floats(x),
                  TensorBridge.floats(gradient),
                  params.scales(),
                  params.zeroPoints(),
                  byStep,
                  byOffset);
        }
        Shape shape = TensorBridge.shape(step);
        if (step.requires_grad()) {
          Backward.from(step, StepGradients.of(byStep, facts, features(), shape));
        }
        if (offset.requires_grad()) {
          // beta = -z s: what the offset learns is what beta does, in codes.
          byOffset[0] *= -params.scales()[0];
          Backward.from(offset, StepGradients.of(byOffset, facts, features(), shape));
        }
      }
    }

    /** Elements of one sample: gradients of two batches add up to that of both together. */
    private long features() {
      return x.dim() == 0 ? 1 : x.numel() / Math.max(1, x.size(0));
    }

    /** The gradient of the bound, times the codes below it: of the scale, where α is code · s. */
    private double aboveTimesCodes(Tensor gradient) {
      int codes = scheme.qmax() - params.zeroPoints()[0];
      Tensor above = x.ge(new Scalar(codes * params.scales()[0]));
      return codes
          * TensorBridge.floats(gradient.mul(above).sum()).get(dev.swage.tensor.Tensor.LE_FLOAT, 0);
    }
  }
}
