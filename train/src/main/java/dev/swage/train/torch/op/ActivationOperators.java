package dev.swage.train.torch.op;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.op.move.LayoutOperators;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Element-wise activations and the soft maxima. */
final class ActivationOperators {
  private ActivationOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    unary(table, "Relu", torch::relu);
    unary(table, "Tanh", torch::tanh);
    unary(table, "Sigmoid", torch::sigmoid);
    unary(table, "Softplus", torch::softplus);
    unary(table, "HardSwish", torch::hardswish);
    unary(table, "Erf", torch::erf);
    table.put("LeakyRelu", ActivationOperators::leakyRelu);
    table.put("Elu", ActivationOperators::elu);
    table.put("Gelu", ActivationOperators::gelu);
    table.put("HardSigmoid", ActivationOperators::hardSigmoid);
    table.put("Clip", ActivationOperators::clip);
    table.put("Softmax", node -> overAxis(node, torch::softmax));
    table.put("LogSoftmax", node -> overAxis(node, torch::log_softmax));
  }

  private static void unary(
      Map<String, Operator.Factory> table, String name, UnaryOperator<Tensor> function) {
    table.put(name, node -> call -> function.apply(call.in(0)));
  }

  private static Operator leakyRelu(NodeContext node) {
    float slope = node.floatAttribute("alpha", 0.01f);
    return call -> torch.leaky_relu(call.in(0), new Scalar(slope));
  }

  private static Operator elu(NodeContext node) {
    float alpha = node.floatAttribute("alpha", 1);
    return call -> torch.elu(call.in(0), new Scalar(alpha), new Scalar(1f), new Scalar(1f));
  }

  private static Operator gelu(NodeContext node) {
    String approximate = node.node().stringAttribute("approximate", "none");
    return call -> torch.gelu(call.in(0), approximate);
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

  /** The bounds are attributes before operator set 11, inputs since. */
  private static Operator clip(NodeContext node) {
    if (node.opset() < 11) {
      float min = node.floatAttribute("min", -Float.MAX_VALUE);
      float max = node.floatAttribute("max", Float.MAX_VALUE);
      return call ->
          torch.clamp(
              call.in(0), new ScalarOptional(new Scalar(min)), new ScalarOptional(new Scalar(max)));
    }
    return call -> {
      if (!call.has(1) && !call.has(2)) {
        return call.in(0);
      }
      TensorOptional min = call.has(1) ? new TensorOptional(call.in(1)) : new TensorOptional();
      TensorOptional max = call.has(2) ? new TensorOptional(call.in(2)) : new TensorOptional();
      return torch.clamp(call.in(0), min, max);
    };
  }

  private interface AxisFunction {
    Tensor apply(Tensor x, long axis);
  }

  /** Before operator set 13 the axes from {@code axis} on were flattened into one. */
  private static Operator overAxis(NodeContext node, AxisFunction function) {
    if (node.opset() >= 13) {
      long axis = node.intAttribute("axis", -1);
      return call -> function.apply(call.in(0), axis);
    }
    int axis = Math.toIntExact(node.intAttribute("axis", 1));
    return call -> {
      Tensor x = call.in(0);
      long[] dims = TensorBridge.dims(x);
      if (axis == dims.length - 1 || axis == -1) {
        return function.apply(x, -1);
      }
      return function.apply(LayoutOperators.flatten(x, axis), 1).reshape(dims);
    };
  }
}
