package dev.swage.train.torch.op.host;

import dev.swage.onnx.Attribute;
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
    table.put("Range", node -> HostOperators::range);
    table.put("ConstantOfShape", HostOperators::constantOfShape);
    HostArithmetic.addTo(table);
    HostMoves.addTo(table);
    HostParts.addTo(table);
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

  private static Optional<Tensor> range(Call call) {
    Optional<HostNumbers> start = HostNumbers.whole(call, 0);
    Optional<HostNumbers> end = HostNumbers.whole(call, 1);
    Optional<HostNumbers> step = HostNumbers.whole(call, 2);
    if (start.isEmpty() || end.isEmpty() || step.isEmpty() || step.get().get(0) == 0) {
      return Optional.empty();
    }
    long from = start.get().get(0);
    long by = step.get().get(0);
    long count = Math.max(0, Math.ceilDiv(end.get().get(0) - from, by));
    return HostNumbers.filled(start.get().type(), Shape.of(count), i -> from + i * by)
        .map(HostNumbers::tensor);
  }

  /** Of integers and truth values; floats are libtorch's. */
  private static HostOperator constantOfShape(NodeContext node) {
    Optional<HostNumbers> value =
        node.node().attributes().get("value") instanceof Attribute.TensorValue(Tensor given)
            ? HostNumbers.of(given).filter(x -> x.type() != DType.FLOAT32)
            : Optional.empty();
    return call ->
        value.flatMap(one ->
            HostNumbers.whole(call, 0)
                .flatMap(dims ->
                    HostNumbers.filled(one.type(), Shape.of(dims.values().copy()), i -> one.get(0)))
                .map(HostNumbers::tensor));
  }
}
