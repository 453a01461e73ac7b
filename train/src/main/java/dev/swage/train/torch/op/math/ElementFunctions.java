package dev.swage.train.torch.op.math;

import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Functions of single elements. */
final class ElementFunctions {
  private ElementFunctions() {}

  static void addTo(Map<String, Operator.Factory> table) {
    unary(table, "Abs", torch::abs);
    unary(table, "Neg", torch::neg);
    unary(table, "Sign", torch::sign);
    unary(table, "Reciprocal", torch::reciprocal);
    unary(table, "Sqrt", torch::sqrt);
    unary(table, "Exp", torch::exp);
    unary(table, "Log", torch::log);
    unary(table, "Erf", torch::erf);
    unary(table, "Floor", torch::floor);
    unary(table, "Ceil", torch::ceil);
    unary(table, "Round", torch::round);
    unary(table, "Sin", torch::sin);
    unary(table, "Cos", torch::cos);
    unary(table, "Tan", torch::tan);
    unary(table, "Asin", torch::asin);
    unary(table, "Acos", torch::acos);
    unary(table, "Atan", torch::atan);
    unary(table, "Sinh", torch::sinh);
    unary(table, "Cosh", torch::cosh);
    unary(table, "Tanh", torch::tanh);
    unary(table, "Asinh", torch::asinh);
    unary(table, "Acosh", torch::acosh);
    unary(table, "Atanh", torch::atanh);
    unary(table, "IsNaN", torch::isnan);
    table.put("IsInf", ElementFunctions::isInfinite);
    table.put("Clip", ElementFunctions::clip);
  }

  static void unary(
      Map<String, Operator.Factory> table, String name, UnaryOperator<Tensor> function) {
    table.put(name, node -> call -> function.apply(call.in(0)));
  }

  private static Operator isInfinite(NodeContext node) {
    boolean negative = node.intAttribute("detect_negative", 1) != 0;
    boolean positive = node.intAttribute("detect_positive", 1) != 0;
    return call -> {
      Tensor infinite = torch.isinf(call.in(0));
      if (negative && positive) {
        return infinite;
      }
      Tensor zero = torch.zeros_like(call.in(0));
      Tensor side = negative ? call.in(0).lt(zero) : call.in(0).gt(zero);
      return negative || positive ? torch.logical_and(infinite, side) : torch.zeros_like(infinite);
    };
  }

  /** The bounds are attributes before operator set 11, inputs since. */
  private static Operator clip(NodeContext node) {
    if (node.opset() < 11) {
      boolean none = !node.hasAttribute("min") && !node.hasAttribute("max");
      return call ->
          none ? call.in(0) : torch.clamp(call.in(0), bound(node, "min"), bound(node, "max"));
    }
    return call -> {
      if (!call.has(1) && !call.has(2)) {
        return call.in(0);
      }
      return torch.clamp(
          call.in(0),
          call.has(1) ? new TensorOptional(call.in(1)) : new TensorOptional(),
          call.has(2) ? new TensorOptional(call.in(2)) : new TensorOptional());
    };
  }

  private static ScalarOptional bound(NodeContext node, String name) {
    return node.hasAttribute(name)
        ? new ScalarOptional(new Scalar(node.floatAttribute(name, 0)))
        : new ScalarOptional();
  }
}
