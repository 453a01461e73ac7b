package dev.swage.train.torch.op.host;

import dev.swage.onnx.WireTypes;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.HostOperator;
import dev.swage.train.torch.program.NodeContext;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.LongBinaryOperator;

/** Element by element, with broadcasting. Floats are computed in float64 and rounded once. */
final class HostArithmetic {
  /** Computes an operator; empty where libtorch is to do it. */
  private interface Binary {
    Optional<HostNumbers> apply(HostNumbers x, HostNumbers y, Shape out);
  }

  private HostArithmetic() {}

  static void addTo(Map<String, Function<NodeContext, HostOperator>> table) {
    arithmetic(table, "Add", (x, y) -> x + y, (x, y) -> x + y);
    arithmetic(table, "Sub", (x, y) -> x - y, (x, y) -> x - y);
    arithmetic(table, "Mul", (x, y) -> x * y, (x, y) -> x * y);
    arithmetic(table, "Min", Math::min, Math::min);
    arithmetic(table, "Max", Math::max, Math::max);
    binary(table, "Div", HostArithmetic::divided);
    table.put("Mod", HostArithmetic::mod);
    comparison(table, "Equal", (x, y) -> x == y ? 1 : 0);
    comparison(table, "Less", (x, y) -> x < y ? 1 : 0);
    comparison(table, "Greater", (x, y) -> x > y ? 1 : 0);
    comparison(table, "LessOrEqual", (x, y) -> x <= y ? 1 : 0);
    comparison(table, "GreaterOrEqual", (x, y) -> x >= y ? 1 : 0);
    comparison(table, "And", (x, y) -> x != 0 && y != 0 ? 1 : 0);
    comparison(table, "Or", (x, y) -> x != 0 || y != 0 ? 1 : 0);
    unary(table, "Not", x -> 1 - x);
    unary(table, "Neg", x -> -x);
    unary(table, "Abs", Math::abs);
    unary(table, "Floor", Math::floor);
    unary(table, "Ceil", Math::ceil);
    unary(table, "Round", Math::rint);
    table.put("Cast", HostArithmetic::cast);
    table.put("Where", node -> HostArithmetic::where);
  }

  private static void arithmetic(
      Map<String, Function<NodeContext, HostOperator>> table,
      String name,
      LongBinaryOperator whole,
      DoubleBinaryOperator floats) {
    binary(table, name, (x, y, out) -> computed(x, y, out, whole, floats));
  }

  private static Optional<HostNumbers> computed(
      HostNumbers x, HostNumbers y, Shape out, LongBinaryOperator whole, DoubleBinaryOperator f) {
    DType type = x.type();
    return HostNumbers.filled(
        type,
        out,
        i -> {
          int a = Places.broadcast(i, out, x.shape());
          int b = Places.broadcast(i, out, y.shape());
          if (x.isFloat()) {
            return HostNumbers.bits(type, f.applyAsDouble(x.number(a), y.number(b)));
          }
          long value = whole.applyAsLong(x.get(a), y.get(b));
          return type == DType.INT32 ? (int) value : value;
        });
  }

  private static Optional<HostNumbers> divided(HostNumbers x, HostNumbers y, Shape out) {
    return !y.isFloat() && hasZero(y)
        ? Optional.empty()
        : computed(x, y, out, (a, b) -> a / b, (a, b) -> a / b);
  }

  private static boolean hasZero(HostNumbers x) {
    return java.util.Arrays.stream(x.values().copy()).anyMatch(value -> value == 0);
  }

  private static HostOperator mod(NodeContext node) {
    boolean likeC = node.intAttribute("fmod", 0) != 0;
    return call ->
        binary(
            call,
            (x, y, out) ->
                x.isFloat() || hasZero(y)
                    ? Optional.empty()
                    : computed(
                        x, y, out, (a, b) -> likeC ? a % b : Math.floorMod(a, b), (a, b) -> a % b));
  }

  private static void comparison(
      Map<String, Function<NodeContext, HostOperator>> table, String name, DoubleBinaryOperator f) {
    binary(
        table,
        name,
        (x, y, out) ->
            HostNumbers.filled(
                DType.BOOL,
                out,
                i ->
                    (long)
                        f.applyAsDouble(
                            x.number(Places.broadcast(i, out, x.shape())),
                            y.number(Places.broadcast(i, out, y.shape())))));
  }

  private static void binary(
      Map<String, Function<NodeContext, HostOperator>> table, String name, Binary f) {
    table.put(name, node -> call -> binary(call, f));
  }

  private static Optional<Tensor> binary(Call call, Binary f) {
    Optional<HostNumbers> x = HostNumbers.in(call, 0);
    Optional<HostNumbers> y = HostNumbers.in(call, 1);
    if (call.inputs() != 2 || x.isEmpty() || y.isEmpty() || x.get().type() != y.get().type()) {
      return Optional.empty();
    }
    return Places.joint(x.get().shape(), y.get().shape())
        .flatMap(out -> f.apply(x.get(), y.get(), out))
        .map(HostNumbers::tensor);
  }

  private static void unary(
      Map<String, Function<NodeContext, HostOperator>> table, String name, DoubleUnaryOperator f) {
    table.put(
        name,
        node ->
            call ->
                HostNumbers.in(call, 0)
                    .flatMap(x ->
                        HostNumbers.filled(
                            x.type(),
                            x.shape(),
                            i -> HostNumbers.bits(x.type(), f.applyAsDouble(x.number(i)))))
                    .map(HostNumbers::tensor));
  }

  private static HostOperator cast(NodeContext node) {
    Optional<DType> target =
        WireTypes.dtype((int) node.intAttribute("to", 0))
            .filter(type ->
                switch (type) {
                  case INT64, INT32, BOOL, FLOAT32 -> true;
                  default -> false;
                });
    return call ->
        target.flatMap(
            type -> HostNumbers.in(call, 0).flatMap(x -> cast(x, type)).map(HostNumbers::tensor));
  }

  private static Optional<HostNumbers> cast(HostNumbers x, DType type) {
    boolean exact = !x.isFloat() && (type == DType.INT64 || type == DType.INT32);
    return HostNumbers.filled(
        type,
        x.shape(),
        i ->
            exact
                ? type == DType.INT32 ? (int) x.get(i) : x.get(i)
                : HostNumbers.bits(type, x.number(i)));
  }

  private static Optional<Tensor> where(Call call) {
    Optional<HostNumbers> condition = HostNumbers.in(call, 0);
    Optional<HostNumbers> x = HostNumbers.in(call, 1);
    Optional<HostNumbers> y = HostNumbers.in(call, 2);
    if (condition.isEmpty() || x.isEmpty() || y.isEmpty()) {
      return Optional.empty();
    }
    HostNumbers chosen = condition.get();
    return Places.joint(x.get().shape(), y.get().shape())
        .flatMap(both -> Places.joint(chosen.shape(), both))
        .flatMap(out ->
            HostNumbers.filled(
                x.get().type(),
                out,
                i -> {
                  boolean first = chosen.get(Places.broadcast(i, out, chosen.shape())) != 0;
                  HostNumbers from = first ? x.get() : y.get();
                  return from.get(Places.broadcast(i, out, from.shape()));
                }))
        .map(HostNumbers::tensor);
  }
}
