package dev.swage.train.torch.op.window;

import dev.swage.onnx.Attribute;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Convolutions, transposed ones, and those with an activation of ONNX Runtime's domain. */
final class ConvolutionOperators {
  private ConvolutionOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Conv", node -> new Convolution(node)::apply);
    table.put("ConvTranspose", node -> new TransposedConvolution(node)::apply);
    table.put("DeformConv", DeformableConvolution::compile);
    table.put("com.microsoft:FusedConv", ConvolutionOperators::fused);
  }

  /** Input 3, where there is one, is added before the activation. */
  private static Operator fused(NodeContext node) {
    Convolution convolution = new Convolution(node);
    UnaryOperator<Tensor> activation = activation(node);
    return call -> {
      Tensor y = convolution.apply(call);
      return activation.apply(call.has(3) ? y.add(call.in(3)) : y);
    };
  }

  private static UnaryOperator<Tensor> activation(NodeContext node) {
    List<Float> given =
        node.node().attributes().get("activation_params") instanceof Attribute.FloatsValue floats
            ? floats.values()
            : List.of();
    float first = given.isEmpty() ? 0 : given.getFirst();
    float last = given.isEmpty() ? 0 : given.getLast();
    String name = node.stringAttribute("activation", "");
    return switch (name) {
      case "" -> y -> y;
      case "Relu" -> torch::relu;
      case "Tanh" -> torch::tanh;
      case "Sigmoid" -> torch::sigmoid;
      case "LeakyRelu" -> y -> torch.leaky_relu(y, new Scalar(first));
      case "Clip" -> y -> clamped(y, first, last);
      case "HardSigmoid" -> y -> clamped(y.mul(new Scalar(first)).add(new Scalar(last)), 0, 1);
      default -> throw node.unsupported("activation '" + name + "'");
    };
  }

  private static Tensor clamped(Tensor y, float min, float max) {
    return torch.clamp(y, new ScalarOptional(new Scalar(min)), new ScalarOptional(new Scalar(max)));
  }
}
