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
import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * An activation as its codes give it. For autograd it is the value itself, with other numbers in
 * it; its gradient becomes that of the value, and of the scale, in one pass of Swage's own kernel.
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
    Tensor x = Dense.of(call.in(0));
    QuantizerPhase phase = call.quantizers();
    if (call.training() && phase.moving() && (facts.observes() || !phase.codes()) && call.has(3)) {
      observe(x, call.in(3), phase.share());
    }
    if (!phase.codes()) {
      return call.in(0);
    }
    QuantParams params = params(call);
    FakeQuantizer kernel = kernel(x.numel());
    Tensor result = torch.empty_like(x);
    kernel.forward(Dense.floats(x), params.scales(), params.zeroPoints(), Dense.floats(result));
    return call.training() ? differentiable(call, x, kernel, params, result) : result;
  }

  private Tensor differentiable(
      Call call, Tensor x, FakeQuantizer kernel, QuantParams params, Tensor numbers) {
    Learned learned = Learned.of(call);
    if (!learned.moves() && !x.requires_grad()) {
      return numbers;
    }
    Pass pass = new Pass(new Tensor(x), kernel, params, learned);
    Tensor result = call.withGradient(x, numbers, pass::backward);
    if (learned.moves()) {
      call.afterBackward(pass::learn);
    }
    return result;
  }

  private FakeQuantizer kernel(long elements) {
    return new FakeQuantizer(
        Shape.of(elements), Granularity.perTensor(), scheme.qmin(), scheme.qmax());
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

  /** Scale and zero point, and whether gradients move one of them. */
  private record Learned(Tensor step, Tensor offset, boolean moves) {
    static Learned of(Call call) {
      Tensor step = new Tensor(call.in(1));
      Tensor offset = new Tensor(call.in(2));
      return new Learned(
          step,
          offset,
          call.quantizers().moving() && (step.requires_grad() || offset.requires_grad()));
    }
  }

  private final class Pass {
    private final Tensor x;
    private final FakeQuantizer kernel;
    private final QuantParams params;
    private final Learned learned;
    private final double[] byStep = new double[1];
    private final double[] byOffset = new double[1];

    Pass(Tensor x, FakeQuantizer kernel, QuantParams params, Learned learned) {
      this.x = x;
      this.kernel = kernel;
      this.params = params;
      this.learned = learned;
    }

    /** The value's gradient; what the scale's has of it is added up. */
    Tensor backward(Tensor gradient) {
      Tensor byX = torch.empty_like(x);
      Tensor byResult = Dense.as(x, gradient);
      MemorySegment values = Dense.floats(x);
      MemorySegment given = Dense.floats(byResult);
      MemorySegment handed = Dense.floats(byX);
      boolean bounded = facts.method() == QuantizerMethod.PACT;
      if (bounded || !learned.moves()) {
        kernel.straightThrough(values, given, params.scales(), params.zeroPoints(), handed);
      } else {
        kernel.backward(
            values, given, params.scales(), params.zeroPoints(), handed, byStep, byOffset);
      }
      if (bounded && learned.moves()) {
        byStep[0] += aboveTimesCodes(gradient);
      }
      return byX;
    }

    /** Hands the scale its gradient. */
    void learn() {
      try (AutoGradMode _ = new NoGradGuard()) {
        Tensor step = learned.step();
        Tensor offset = learned.offset();
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
