package dev.swage.train.torch.op.host;

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

/** Taking small tensors apart, and joining them. */
final class HostParts {
  private HostParts() {}

  static void addTo(Map<String, Function<NodeContext, HostOperator>> table) {
    table.put("Gather", HostParts::gather);
    table.put("Concat", HostParts::concat);
    table.put("Slice", HostParts::slice);
    table.put("ScatterND", HostParts::scatter);
  }

  private static HostOperator gather(NodeContext node) {
    long axis = node.intAttribute("axis", 0);
    return call -> {
      Optional<HostNumbers> indices = HostNumbers.whole(call, 1);
      return HostNumbers.in(call, 0)
          .filter(x -> x.shape().rank() > 0 && indices.isPresent())
          .flatMap(x -> gathered(x, indices.orElseThrow(), Places.axis(axis, x.shape().rank())))
          .map(HostNumbers::tensor);
    };
  }

  private static Optional<HostNumbers> gathered(HostNumbers x, HostNumbers indices, int axis) {
    long size = x.shape().dim(axis);
    long[] picked = indices.values().copy();
    for (int i = 0; i < picked.length; i++) {
      picked[i] = picked[i] < 0 ? picked[i] + size : picked[i];
      if (picked[i] < 0 || picked[i] >= size) {
        return Optional.empty();
      }
    }
    int by = indices.shape().rank();
    long[] dims = new long[x.shape().rank() - 1 + by];
    for (int i = 0; i < dims.length; i++) {
      dims[i] =
          i < axis
              ? x.shape().dim(i)
              : i < axis + by ? indices.shape().dim(i - axis) : x.shape().dim(i - by + 1);
    }
    Shape out = Shape.of(dims);
    return HostNumbers.filled(
        x.type(),
        out,
        i -> {
          int[] at = Places.coordinates(i, out);
          int[] from = new int[x.shape().rank()];
          System.arraycopy(at, 0, from, 0, axis);
          int[] index = Arrays.copyOfRange(at, axis, axis + by);
          from[axis] = (int) picked[Places.flat(index, indices.shape())];
          System.arraycopy(at, axis + by, from, axis + 1, from.length - axis - 1);
          return x.get(Places.flat(from, x.shape()));
        });
  }

  private static HostOperator concat(NodeContext node) {
    long axis = node.intAttribute("axis", 0);
    return call -> {
      List<HostNumbers> parts = new ArrayList<>();
      for (int i = 0; i < call.inputs(); i++) {
        HostNumbers.in(call, i).ifPresent(parts::add);
      }
      if (parts.size() < call.inputs() || parts.isEmpty() || !areAlike(parts)) {
        return Optional.empty();
      }
      int along = Places.axis(axis, parts.getFirst().shape().rank());
      return joined(parts, along).map(HostNumbers::tensor);
    };
  }

  private static boolean areAlike(List<HostNumbers> parts) {
    HostNumbers first = parts.getFirst();
    return first.shape().rank() > 0
        && parts.stream()
            .allMatch(
                part -> part.type() == first.type() && part.shape().rank() == first.shape().rank());
  }

  private static Optional<HostNumbers> joined(List<HostNumbers> parts, int axis) {
    HostNumbers first = parts.getFirst();
    long[] dims = first.shape().toArray();
    dims[axis] = parts.stream().mapToLong(part -> part.shape().dim(axis)).sum();
    Shape out = Shape.of(dims);
    return HostNumbers.filled(
        first.type(),
        out,
        i -> {
          int[] at = Places.coordinates(i, out);
          int part = 0;
          while (at[axis] >= parts.get(part).shape().dim(axis)) {
            at[axis] -= Math.toIntExact(parts.get(part).shape().dim(axis));
            part++;
          }
          return parts.get(part).get(Places.flat(at, parts.get(part).shape()));
        });
  }

  /** From operator set 10 on. */
  private static HostOperator slice(NodeContext node) {
    if (node.opset() < 10) {
      return call -> Optional.empty();
    }
    return call -> {
      Optional<HostNumbers> x = HostNumbers.in(call, 0);
      Optional<long[]> starts = longs(call, 1);
      Optional<long[]> ends = longs(call, 2);
      if (x.isEmpty() || starts.isEmpty() || ends.isEmpty()) {
        return Optional.empty();
      }
      int count = starts.get().length;
      long[] inOrder = new long[count];
      Arrays.setAll(inOrder, i -> i);
      long[] ones = new long[count];
      Arrays.fill(ones, 1);
      Optional<long[]> axes = call.has(3) ? longs(call, 3) : Optional.of(inOrder);
      Optional<long[]> steps = call.has(4) ? longs(call, 4) : Optional.of(ones);
      Optional<HostNumbers> part = x;
      for (int i = 0; i < count && axes.isPresent() && steps.isPresent(); i++) {
        long[] bounds = {starts.get()[i], ends.get()[i], steps.get()[i]};
        int axis = Places.axis(axes.get()[i], x.get().shape().rank());
        part = part.flatMap(whole -> sliced(whole, axis, bounds));
      }
      return axes.isPresent() && steps.isPresent()
          ? part.map(HostNumbers::tensor)
          : Optional.empty();
    };
  }

  private static Optional<long[]> longs(Call call, int input) {
    return HostNumbers.whole(call, input).map(x -> x.values().copy());
  }

  /**
   * @param bounds start, end and step
   */
  private static Optional<HostNumbers> sliced(HostNumbers x, int axis, long[] bounds) {
    long size = x.shape().dim(axis);
    long step = bounds[2];
    if (step == 0 || size == 0) {
      return Optional.empty();
    }
    long start = bounds[0] < 0 ? bounds[0] + size : bounds[0];
    long end = bounds[1] < 0 ? bounds[1] + size : bounds[1];
    long from = Math.clamp(start, 0, step > 0 ? size : size - 1);
    long to = Math.clamp(end, step > 0 ? 0 : -1, size);
    long[] dims = x.shape().toArray();
    dims[axis] = Math.max(0, Math.ceilDiv(to - from, step));
    Shape out = Shape.of(dims);
    return HostNumbers.filled(
        x.type(),
        out,
        i -> {
          int[] at = Places.coordinates(i, out);
          at[axis] = Math.toIntExact(from + at[axis] * step);
          return x.get(Places.flat(at, x.shape()));
        });
  }

  /** Elements of a vector replaced: how exporters change one size of a shape. */
  private static HostOperator scatter(NodeContext node) {
    boolean plain = node.stringAttribute("reduction", "none").equals("none");
    return call -> {
      Optional<HostNumbers> x = HostNumbers.in(call, 0).filter(v -> v.shape().rank() == 1);
      Optional<HostNumbers> indices = HostNumbers.whole(call, 1);
      Optional<HostNumbers> updates = HostNumbers.in(call, 2);
      if (!plain
          || x.isEmpty()
          || indices.isEmpty()
          || updates.isEmpty()
          || indices.get().size() != updates.get().size()) {
        return Optional.empty();
      }
      return replaced(x.get(), indices.get(), updates.get());
    };
  }

  private static Optional<Tensor> replaced(
      HostNumbers x, HostNumbers indices, HostNumbers updates) {
    long[] values = x.values().copy();
    for (int i = 0; i < indices.size(); i++) {
      long at = indices.get(i) < 0 ? indices.get(i) + values.length : indices.get(i);
      if (at < 0 || at >= values.length) {
        return Optional.empty();
      }
      values[(int) at] = updates.get(i);
    }
    return Optional.of(HostNumbers.of(x.type(), x.shape(), values).tensor());
  }
}
