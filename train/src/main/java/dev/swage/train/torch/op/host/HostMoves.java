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
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.LongStream;

/** The same elements in another shape or order, repeated, or multiplied. */
final class HostMoves {
  private HostMoves() {}

  static void addTo(Map<String, Function<NodeContext, HostOperator>> table) {
    table.put("Identity", node -> call -> HostNumbers.in(call, 0).map(HostNumbers::tensor));
    table.put("Reshape", HostMoves::reshape);
    table.put("Squeeze", HostMoves::squeeze);
    table.put("Unsqueeze", HostMoves::unsqueeze);
    table.put("Transpose", HostMoves::transpose);
    table.put("Expand", node -> HostMoves::expand);
    table.put("ReduceProd", HostMoves::product);
  }

  /** The axes of an input or attribute; empty where they are not on the host. */
  private static Optional<long[]> axes(Call call, long[] attribute) {
    return call.has(1)
        ? HostNumbers.whole(call, 1).map(axes -> axes.values().copy())
        : Optional.of(attribute);
  }

  private static HostOperator reshape(NodeContext node) {
    boolean zeroIsZero = node.intAttribute("allowzero", 0) != 0;
    long[] attribute = node.node().intsAttribute("shape");
    return call -> {
      Optional<long[]> target = axes(call, attribute);
      return HostNumbers.in(call, 0)
          .flatMap(x -> target.flatMap(to -> reshaped(x, to.clone(), zeroIsZero)));
    };
  }

  private static Optional<Tensor> reshaped(HostNumbers x, long[] target, boolean zeroIsZero) {
    long known = 1;
    for (int i = 0; i < target.length; i++) {
      if (target[i] == 0 && !zeroIsZero) {
        if (i >= x.shape().rank()) {
          return Optional.empty();
        }
        target[i] = x.shape().dim(i);
      }
      known *= target[i] == -1 ? 1 : target[i];
    }
    for (int i = 0; i < target.length; i++) {
      target[i] = target[i] == -1 && known > 0 ? x.size() / known : target[i];
    }
    boolean fits =
        Arrays.stream(target).allMatch(size -> size >= 0)
            && Arrays.stream(target).reduce(1, (a, b) -> a * b) == x.size();
    return fits ? Optional.of(x.reshaped(Shape.of(target)).tensor()) : Optional.empty();
  }

  private static HostOperator squeeze(NodeContext node) {
    long[] attribute = node.node().intsAttribute("axes");
    return call -> {
      Optional<long[]> axes = axes(call, attribute);
      return HostNumbers.in(call, 0).flatMap(x -> axes.flatMap(these -> squeezed(x, these)));
    };
  }

  private static Optional<Tensor> squeezed(HostNumbers x, long[] axes) {
    int rank = x.shape().rank();
    TreeSet<Integer> gone = new TreeSet<>();
    for (long axis : axes) {
      gone.add(Places.axis(axis, rank));
    }
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      boolean one = x.shape().dim(i) == 1;
      if (gone.contains(i) && !one) {
        return Optional.empty();
      }
      if (axes.length == 0 ? !one : !gone.contains(i)) {
        dims.add(x.shape().dim(i));
      }
    }
    return Optional.of(x.reshaped(shape(dims)).tensor());
  }

  private static HostOperator unsqueeze(NodeContext node) {
    long[] attribute = node.node().intsAttribute("axes");
    return call -> {
      Optional<long[]> axes = axes(call, attribute);
      return HostNumbers.in(call, 0).flatMap(x -> axes.flatMap(these -> unsqueezed(x, these)));
    };
  }

  private static Optional<Tensor> unsqueezed(HostNumbers x, long[] axes) {
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < x.shape().rank(); i++) {
      dims.add(x.shape().dim(i));
    }
    TreeSet<Integer> added = new TreeSet<>();
    for (long axis : axes) {
      added.add(Places.axis(axis, x.shape().rank() + axes.length));
    }
    for (int axis : added) {
      if (axis < 0 || axis > dims.size()) {
        return Optional.empty();
      }
      dims.add(axis, 1L);
    }
    return Optional.of(x.reshaped(shape(dims)).tensor());
  }

  private static Shape shape(List<Long> dims) {
    return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
  }

  private static HostOperator transpose(NodeContext node) {
    long[] attribute = node.node().intsAttribute("perm");
    return call ->
        HostNumbers.in(call, 0)
            .filter(x -> attribute.length == 0 || attribute.length == x.shape().rank())
            .flatMap(x -> transposed(x, attribute))
            .map(HostNumbers::tensor);
  }

  private static Optional<HostNumbers> transposed(HostNumbers x, long[] attribute) {
    int rank = x.shape().rank();
    int[] order = new int[rank];
    Arrays.setAll(order, i -> attribute.length == 0 ? rank - 1 - i : (int) attribute[i]);
    long[] dims = Arrays.stream(order).mapToLong(axis -> x.shape().dim(axis)).toArray();
    Shape out = Shape.of(dims);
    return HostNumbers.filled(
        x.type(),
        out,
        i -> {
          int[] at = Places.coordinates(i, out);
          int[] from = new int[rank];
          for (int axis = 0; axis < rank; axis++) {
            from[order[axis]] = at[axis];
          }
          return x.get(Places.flat(from, x.shape()));
        });
  }

  private static Optional<Tensor> expand(Call call) {
    Optional<HostNumbers> target = HostNumbers.whole(call, 1);
    return HostNumbers.in(call, 0)
        .filter(_ -> target.isPresent())
        .flatMap(x ->
            Places.joint(x.shape(), Shape.of(target.orElseThrow().values().copy()))
                .flatMap(out ->
                    HostNumbers.filled(
                        x.type(), out, i -> x.get(Places.broadcast(i, out, x.shape())))))
        .map(HostNumbers::tensor);
  }

  /** Of all elements of a vector. */
  private static HostOperator product(NodeContext node) {
    boolean keep = node.intAttribute("keepdims", 1) != 0;
    boolean plain = node.intAttribute("noop_with_empty_axes", 0) == 0;
    return call ->
        HostNumbers.in(call, 0)
            .filter(x -> plain && x.shape().rank() == 1 && x.type() == DType.INT64)
            .map(x -> {
              long product = LongStream.of(x.values().copy()).reduce(1, (a, b) -> a * b);
              return Tensor.ofLongs(keep ? Shape.of(1) : Shape.of(), product);
            });
  }
}
