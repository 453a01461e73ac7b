package dev.swage.train.torch.op.host;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.HostOperator;
import dev.swage.train.torch.program.NodeContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.LongStream;

/** Taking apart and joining vectors of integers on the host. */
final class HostVectors {
  private HostVectors() {}

  static void addTo(Map<String, Function<NodeContext, HostOperator>> table) {
    table.put("Gather", HostVectors::gather);
    table.put("Concat", HostVectors::concat);
    table.put("Slice", HostVectors::slice);
    table.put("Squeeze", node -> HostVectors::squeeze);
    table.put("Unsqueeze", HostVectors::unsqueeze);
    table.put("Reshape", HostVectors::reshape);
    table.put("ReduceProd", HostVectors::product);
  }

  /** Elements of a vector, by an index or a vector of them. */
  private static HostOperator gather(NodeContext node) {
    boolean first = node.intAttribute("axis", 0) == 0;
    return call -> {
      Optional<HostNumbers> x = HostNumbers.in(call, 0).filter(v -> first && v.isVector());
      Optional<HostNumbers> indices = HostNumbers.in(call, 1);
      if (x.isEmpty() || indices.isEmpty()) {
        return Optional.empty();
      }
      HostNumbers from = x.get();
      long[] picked = indices.get().values().copy();
      for (int i = 0; i < picked.length; i++) {
        long index = picked[i] < 0 ? picked[i] + from.size() : picked[i];
        if (index < 0 || index >= from.size()) {
          return Optional.empty();
        }
        picked[i] = from.get((int) index);
      }
      return Optional.of(HostNumbers.of(from.type(), indices.get().shape(), picked).tensor());
    };
  }

  private static HostOperator concat(NodeContext node) {
    long axis = node.intAttribute("axis", 0);
    return call -> {
      List<HostNumbers> parts = new ArrayList<>();
      for (int i = 0; i < call.inputs(); i++) {
        HostNumbers.in(call, i).filter(HostNumbers::isVector).ifPresent(parts::add);
      }
      if (parts.size() < call.inputs() || parts.isEmpty() || (axis != 0 && axis != -1)) {
        return Optional.empty();
      }
      long[] joined =
          parts.stream().flatMapToLong(part -> LongStream.of(part.values().copy())).toArray();
      DType type = parts.getFirst().type();
      return Optional.of(HostNumbers.of(type, Shape.of(joined.length), joined).tensor());
    };
  }

  /** Of a vector with step 1. */
  private static HostOperator slice(NodeContext node) {
    if (node.opset() < 10) {
      return call -> Optional.empty();
    }
    return call -> {
      Optional<HostNumbers> x = HostNumbers.in(call, 0).filter(HostNumbers::isVector);
      Optional<HostNumbers> start = HostNumbers.in(call, 1);
      Optional<HostNumbers> end = HostNumbers.in(call, 2);
      boolean plain = !call.has(4) || isOne(HostNumbers.in(call, 4));
      if (x.isEmpty() || start.isEmpty() || end.isEmpty() || !plain || start.get().size() != 1) {
        return Optional.empty();
      }
      int size = x.get().size();
      int from = clamp(start.get().get(0), size);
      int to = Math.max(from, clamp(end.get().get(0), size));
      long[] part = Arrays.copyOfRange(x.get().values().copy(), from, to);
      return Optional.of(HostNumbers.of(x.get().type(), Shape.of(part.length), part).tensor());
    };
  }

  private static boolean isOne(Optional<HostNumbers> steps) {
    return steps.filter(step -> step.size() == 1 && step.get(0) == 1).isPresent();
  }

  private static int clamp(long index, int size) {
    return (int) Math.clamp(index < 0 ? index + size : index, 0L, size);
  }

  /** A vector of one element to a number. */
  private static Optional<Tensor> squeeze(Call call) {
    return HostNumbers.in(call, 0)
        .filter(x -> x.isVector() && x.size() == 1)
        .map(x -> x.reshaped(Shape.of()).tensor());
  }

  /** A number to a vector of one element. */
  private static HostOperator unsqueeze(NodeContext node) {
    int axes = node.node().intsAttribute("axes").length;
    return call -> {
      boolean one = (call.has(1) && call.isOnHost(1) ? call.dims(1)[0] : axes) == 1;
      return HostNumbers.in(call, 0)
          .filter(x -> one && x.shape().rank() == 0)
          .map(x -> x.reshaped(Shape.of(1)).tensor());
    };
  }

  /** To a vector or a number. */
  private static HostOperator reshape(NodeContext node) {
    return call -> {
      Optional<HostNumbers> target = HostNumbers.in(call, 1);
      Optional<HostNumbers> x = HostNumbers.in(call, 0);
      if (target.isEmpty() || x.isEmpty() || target.get().size() > 1) {
        return Optional.empty();
      }
      boolean number = target.get().size() == 0;
      long wanted = number ? 1 : target.get().get(0);
      boolean fits = wanted == -1 || wanted == x.get().size();
      return fits
          ? x.map(v -> v.reshaped(number ? Shape.of() : Shape.of(v.size())).tensor())
          : Optional.empty();
    };
  }

  /** Of all elements of a vector. */
  private static HostOperator product(NodeContext node) {
    boolean keep = node.intAttribute("keepdims", 1) != 0;
    boolean plain = node.intAttribute("noop_with_empty_axes", 0) == 0;
    return call ->
        HostNumbers.in(call, 0)
            .filter(x -> plain && x.isVector() && x.type() == DType.INT64)
            .map(x -> {
              long product = LongStream.of(x.values().copy()).reduce(1, (a, b) -> a * b);
              return Tensor.ofLongs(keep ? Shape.of(1) : Shape.of(), product);
            });
  }
}
