package dev.swage.train.torch.op.math;

import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Activations of single elements. */
final class ActivationOperators {
  private ActivationOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    ElementFunctions.unary(table, "Relu", torch::relu);
    ElementFunctions.unary(table, "Sigmoid", torch::sigmoid);
    ElementFunctions.unary(table, "Softplus", torch::softplus);
    ElementFunctions.unary(table, "HardSwish", torch::hardswish);
    ElementFunctions.unary(table, "Mish", torch::mish);
    ElementFunctions.unary(table, "Softsign", x -> x.div(x.abs().add(new Scalar(1L))));
    table.put("LeakyRelu", ActivationOperators::leakyRelu);
    table.put("PRelu", ActivationOperators::parametricRelu);
    table.put("ThresholdedRelu", ActivationOperators::thresholdedRelu);
    table.put("Elu", node -> elu(node.floatAttribute("alpha", 1), 1));
    table.put(
        "Selu",
        node ->
            elu(node.floatAttribute("alpha", 1.6732632f), node.floatAttribute("gamma", 1.050701f)));
    table.put("Celu", ActivationOperators::celu);
    table.put("Gelu", ActivationOperators::gelu);
    table.put("Swish", ActivationOperators::swish);
    table.put("HardSigmoid", ActivationOperators::hardSigmoid);
    table.put("Shrink", ActivationOperators::shrink);
  }

  private static Operator leakyRelu(NodeContext node) {
    float slope = node.floatAttribute("alpha", 0.01f);
    return call -> torch.leaky_relu(call.in(0), new Scalar(slope));
  }

  /** One slope for each channel before operator set 7, a broadcast tensor since. */
  private static Operator parametricRelu(NodeContext node) {
    boolean perChannel = node.opset() < 7;
    return call -> {
      Tensor x = call.in(0);
      Tensor slope = call.in(1);
      if (x.is_floating_point() && (perChannel || isPerChannel(call.dims(0), call.dims(1)))) {
        return torch.prelu(x, slope.reshape(-1));
      }
      return torch.where(x.lt(new Scalar(0L)), x.mul(slope), x);
    };
  }

  /** Whether the slope has one value, or one for each element of axis 1. */
  private static boolean isPerChannel(long[] dims, long[] slope) {
    long elements = dev.swage.tensor.Shape.of(slope).elements();
    int channel = slope.length - dims.length + 1;
    return elements == 1
        || (dims.length > 1 && channel >= 0 && elements == slope[channel] && elements == dims[1]);
  }

  private static Operator thresholdedRelu(NodeContext node) {
    float alpha = node.floatAttribute("alpha", 1);
    return call -> torch.threshold(call.in(0), new Scalar(alpha), new Scalar(0f));
  }

  /** {@code scale · (max(0, x) + min(0, alpha · (exp(x) − 1)))}. */
  private static Operator elu(float alpha, float scale) {
    return call -> torch.elu(call.in(0), new Scalar(alpha), new Scalar(scale), new Scalar(1f));
  }

  private static Operator celu(NodeContext node) {
    float alpha = node.floatAttribute("alpha", 1);
    return call -> torch.celu(call.in(0), new Scalar(alpha));
  }

  private static Operator gelu(NodeContext node) {
    String approximate = node.stringAttribute("approximate", "none");
    return call -> torch.gelu(call.in(0), approximate);
  }

  private static Operator swish(NodeContext node) {
    float alpha = node.floatAttribute("alpha", 1);
    return call -> swish(call.in(0), alpha);
  }

  /** {@code x · sigmoid(alpha · x)}. */
  static Tensor swish(Tensor x, float alpha) {
    return alpha == 1 ? torch.silu(x) : x.mul(torch.sigmoid(x.mul(new Scalar(alpha))));
  }

  /** {@code max(0, min(1, alpha·x + beta))}. */
  private static Operator hardSigmoid(NodeContext node) {
    float alpha = node.floatAttribute("alpha", 0.2f);
    float beta = node.floatAttribute("beta", 0.5f);
    return call ->
        torch.clamp(
            call.in(0).mul(new Scalar(alpha)).add(new Scalar(beta)),
            new ScalarOptional(new Scalar(0f)),
            new ScalarOptional(new Scalar(1f)));
  }

  /** {@code x + bias} below {@code −lambd}, {@code x − bias} above {@code lambd}, else 0. */
  private static Operator shrink(NodeContext node) {
    double bias = node.floatAttribute("bias", 0);
    double limit = node.floatAttribute("lambd", 0.5f);
    return call -> {
      Tensor x = call.in(0);
      Tensor zero = torch.zeros_like(x);
      Tensor below = torch.where(x.lt(new Scalar(-limit)), x.add(offset(x, bias)), zero);
      return torch.where(x.gt(new Scalar(limit)), x.sub(offset(x, bias)), below);
    };
  }

  /** Integers take whole numbers only. */
  private static Scalar offset(Tensor x, double value) {
    return x.is_floating_point() ? new Scalar(value) : new Scalar((long) value);
  }
}
