package dev.swage.train.torch.op;

import dev.swage.train.torch.program.Operator;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Element-wise arithmetic with broadcasting. */
final class ArithmeticOperators {
  private ArithmeticOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    binary(table, "Add", Tensor::add);
    binary(table, "Sub", Tensor::sub);
    binary(table, "Mul", Tensor::mul);
    binary(table, "Div", ArithmeticOperators::divide);
    binary(table, "Pow", (x, y) -> torch.pow(x, y).to(x.scalar_type()));
    unary(table, "Sqrt", torch::sqrt);
    unary(table, "Neg", torch::neg);
    unary(table, "Exp", torch::exp);
    unary(table, "Log", torch::log);
    unary(table, "Abs", torch::abs);
    unary(table, "IsNaN", torch::isnan);
    table.put("Where", node -> call -> torch.where(call.in(0), call.in(1), call.in(2)));
  }

  /** Integers divide towards zero. */
  private static Tensor divide(Tensor x, Tensor y) {
    return x.is_floating_point()
        ? x.div(y)
        : x.div(y, new StringViewOptional(new BytePointer("trunc")));
  }

  private static void unary(
      Map<String, Operator.Factory> table, String name, UnaryOperator<Tensor> function) {
    table.put(name, node -> call -> function.apply(call.in(0)));
  }

  private static void binary(
      Map<String, Operator.Factory> table, String name, BinaryOperator<Tensor> function) {
    table.put(
        name,
        node -> {
          if (node.opset() < 7 && node.intAttribute("broadcast", 0) != 0) {
            throw node.unsupported("the one-sided broadcast of operator set " + node.opset());
          }
          return call -> function.apply(call.in(0), call.in(1));
        });
  }
}
