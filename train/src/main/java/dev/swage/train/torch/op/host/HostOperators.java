package dev.swage.train.torch.op.host;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.HostOperator;
import dev.swage.train.torch.program.NodeContext;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongBinaryOperator;

/**
 * Arithmetic on shapes, axes and indices, which stay on the host: what exporters write to find the
 * target of a Reshape. Other forms are libtorch's.
 */
public final class HostOperators {
  private HostOperators() {}

  public static void addTo(Map<String, Function<NodeContext, HostOperator>> table) {
    table.put("Shape", HostOperators::shape);
    table.put(
        "Size",
        node ->
            call -> {
              long elements = Shape.of(call.dims(0)).elements();
              return Optional.of(Tensor.ofLongs(Shape.of(), elements));
            });
    table.put("Identity", node -> call -> HostNumbers.in(call, 0).map(HostNumbers::tensor));
    table.put("Cast", HostOperators::cast);
    HostVectors.addTo(table);
    arithmetic(table, "Add", (x, y) -> x + y);
    arithmetic(table, "Sub", (x, y) -> x - y);
    arithmetic(table, "Mul", (x, y) -> x * y);
    table.put(
        "Div",
        node ->
            call ->
                HostNumbers.in(call, 1)
                    .filter(
                        divisor -> Arrays.stream(divisor.values().copy()).noneMatch(y -> y == 0))
                    .flatMap(divisor -> combined(call, false, (x, y) -> x / y)));
    comparison(table, "Equal", (x, y) -> x == y ? 1 : 0);
    comparison(table, "Less", (x, y) -> x < y ? 1 : 0);
    comparison(table, "Greater", (x, y) -> x > y ? 1 : 0);
    comparison(table, "And", (x, y) -> x & y);
    comparison(table, "Or", (x, y) -> x | y);
    table.put("Not", node -> call -> HostNumbers.in(call, 0).map(HostOperators::negated));
    table.put("Where", node -> HostOperators::where);
  }

  private static HostOperator shape(NodeContext node) {
    long start = node.intAttribute("start", 0);
    long end = node.intAttribute("end", Long.MAX_VALUE);
    return call -> {
      long[] dims = call.dims(0);
      int from = clampAxis(start, dims.length);
      int to = Math.max(from, clampAxis(end, dims.length));
      return Optional.of(Tensor.ofLongs(Shape.of(to - from), Arrays.copyOfRange(dims, from, to)));
    };
  }

  private static int clampAxis(long axis, int rank) {
    long counted = axis < 0 ? axis + rank : axis;
    return (int) Math.clamp(counted, 0L, rank);
  }

  private static HostOperator cast(NodeContext node) {
    Optional<DType> target =
        switch ((int) node.intAttribute("to", 0)) {
          case 6 -> Optional.of(DType.INT32);
          case 7 -> Optional.of(DType.INT64);
          case 9 -> Optional.of(DType.BOOL);
          default -> Optional.empty();
        };
    return call -> target.flatMap(type -> HostNumbers.in(call, 0).map(x -> cast(x, type).tensor()));
  }

  private static HostNumbers cast(HostNumbers x, DType type) {
    long[] values = x.values().copy();
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (type) {
            case INT32 -> (int) values[i];
            case BOOL -> values[i] == 0 ? 0 : 1;
            default -> values[i];
          };
    }
    return HostNumbers.of(type, x.shape(), values);
  }

  private static void arithmetic(
      Map<String, Function<NodeContext, HostOperator>> table, String name, LongBinaryOperator f) {
    table.put(name, node -> call -> combined(call, false, f));
  }

  private static void comparison(
      Map<String, Function<NodeContext, HostOperator>> table, String name, LongBinaryOperator f) {
    table.put(name, node -> call -> combined(call, true, f));
  }

  /** Element by element; an operand of one element goes with all of the other one. */
  private static Optional<Tensor> combined(Call call, boolean asBool, LongBinaryOperator f) {
    Optional<HostNumbers> x = HostNumbers.in(call, 0);
    Optional<HostNumbers> y = HostNumbers.in(call, 1);
    if (x.isEmpty() || y.isEmpty()) {
      return Optional.empty();
    }
    return combined(x.get(), y.get(), asBool, f).map(HostNumbers::tensor);
  }

  private static Optional<HostNumbers> combined(
      HostNumbers x, HostNumbers y, boolean asBool, LongBinaryOperator f) {
    boolean same = x.shape().equals(y.shape());
    if (!same
        && !(x.size() == 1 && x.shape().rank() <= y.shape().rank())
        && !(y.size() == 1 && y.shape().rank() <= x.shape().rank())) {
      return Optional.empty();
    }
    boolean first = same || y.size() == 1;
    HostNumbers longer = first ? x : y;
    long[] values = new long[longer.size()];
    for (int i = 0; i < values.length; i++) {
      long value = f.applyAsLong(x.get(same || first ? i : 0), y.get(same || !first ? i : 0));
      values[i] = x.type() == DType.INT32 ? (int) value : value;
    }
    return Optional.of(HostNumbers.of(asBool ? DType.BOOL : x.type(), longer.shape(), values));
  }

  private static Tensor negated(HostNumbers x) {
    long[] values = x.values().copy();
    Arrays.setAll(values, i -> 1 - values[i]);
    return HostNumbers.of(DType.BOOL, x.shape(), values).tensor();
  }

  /** Of the same shape, or chosen as a whole. */
  private static Optional<Tensor> where(Call call) {
    Optional<HostNumbers> condition = HostNumbers.in(call, 0);
    Optional<HostNumbers> x = HostNumbers.in(call, 1);
    Optional<HostNumbers> y = HostNumbers.in(call, 2);
    if (condition.isEmpty() || x.isEmpty() || y.isEmpty()) {
      return Optional.empty();
    }
    HostNumbers chosen = condition.get();
    if (!chosen.shape().equals(x.get().shape()) || !chosen.shape().equals(y.get().shape())) {
      return Optional.empty();
    }
    long[] values = new long[chosen.size()];
    Arrays.setAll(values, i -> chosen.get(i) != 0 ? x.get().get(i) : y.get().get(i));
    return Optional.of(HostNumbers.of(x.get().type(), chosen.shape(), values).tensor());
  }
}
