package dev.swage.train.torch.op.math;

import dev.swage.tensor.DType;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Element-wise arithmetic of two and more operands, with broadcasting. */
final class ArithmeticOperators {
  private ArithmeticOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    Broadcast.binary(table, "Add", Tensor::add);
    Broadcast.binary(table, "Sub", Tensor::sub);
    Broadcast.binary(table, "Mul", Tensor::mul);
    Broadcast.binary(table, "Div", ArithmeticOperators::divide);
    table.put("Pow", ArithmeticOperators::power);
    table.put(
        "Mod",
        node -> {
          boolean signOfDividend = node.intAttribute("fmod", 0) != 0;
          return call ->
              signOfDividend
                  ? torch.fmod(call.in(0), call.in(1))
                  : torch.remainder(call.in(0), call.in(1));
        });
    variadic(table, "Max", torch::maximum);
    variadic(table, "Min", torch::minimum);
    variadic(table, "Sum", Tensor::add);
    table.put(
        "Mean",
        node ->
            call -> folded(call, Tensor::add).div(new Scalar((long) Math.max(1, call.inputs()))));
    table.put("Where", node -> call -> torch.where(call.in(0), call.in(1), call.in(2)));
  }

  /** Integers divide towards zero. */
  private static Tensor divide(Tensor x, Tensor y) {
    return x.is_floating_point()
        ? x.div(y)
        : x.div(y, new StringViewOptional(new BytePointer("trunc")));
  }

  /**
   * By one constant number where the exponent is one: squares and roots have kernels of their own.
   */
  private static Operator power(NodeContext node) {
    Optional<Float> fixed =
        node.constant(1)
            .filter(y -> y.shape().elements() == 1 && y.dtype() == DType.FLOAT32)
            .map(y -> y.getFloat(0));
    Operator general = Broadcast.compile(node, ArithmeticOperators::power);
    return fixed.isEmpty()
        ? general
        : call ->
            call.in(0).is_floating_point() && call.dims(0).length >= call.dims(1).length
                ? torch.pow(call.in(0), new Scalar(fixed.get()))
                : general.apply(call);
  }

  /** Of the base's type. */
  private static Tensor power(Tensor x, Tensor y) {
    Tensor exponent = x.is_floating_point() ? y.to(x.scalar_type()) : y;
    Tensor power = torch.pow(x, exponent);
    return power.scalar_type().intern() == x.scalar_type().intern()
        ? power
        : power.to(x.scalar_type());
  }

  private static void variadic(
      Map<String, Operator.Factory> table, String name, BinaryOperator<Tensor> function) {
    table.put(name, node -> call -> folded(call, function));
  }

  private static Tensor folded(Call call, BinaryOperator<Tensor> function) {
    Tensor result = call.in(0);
    for (int i = 1; i < call.inputs(); i++) {
      result = function.apply(result, call.in(i));
    }
    return result;
  }
}
