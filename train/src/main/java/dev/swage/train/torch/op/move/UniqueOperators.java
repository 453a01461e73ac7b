package dev.swage.train.torch.op.move;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What differs of the elements of a tensor, or of its parts along an axis. */
final class UniqueOperators {
  private UniqueOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Unique", UniqueOperators::unique);
  }

  /** A part: its numbers, compared one after the other. */
  private record Part(List<Double> numbers) implements Comparable<Part> {
    @Override
    public int compareTo(Part other) {
      for (int i = 0; i < numbers.size(); i++) {
        int order = Double.compare(numbers.get(i), other.numbers.get(i));
        if (order != 0) {
          return order;
        }
      }
      return 0;
    }
  }

  /** Parts that are equal: their places. */
  private record Group(Part part, List<Integer> places) {}

  private static Operator unique(NodeContext node) {
    boolean flat = !node.hasAttribute("axis");
    long attribute = node.intAttribute("axis", 0);
    boolean sorted = node.intAttribute("sorted", 1) != 0;
    return call -> {
      Tensor x = flat ? call.in(0).reshape(-1) : call.in(0);
      int axis = Axes.counted(attribute, x.dim());
      List<Group> groups = groups(x, axis);
      if (sorted) {
        groups.sort(Comparator.comparing(Group::part));
      }
      long[] first = groups.stream().mapToLong(group -> group.places().getFirst()).toArray();
      put(call, groups, first, Math.toIntExact(x.size(axis)));
      return torch.index_select(x, axis, TensorBridge.ofLongs(first));
    };
  }

  private static List<Group> groups(Tensor x, int axis) {
    int parts = Math.toIntExact(x.size(axis));
    Tensor rows = x.movedim(axis, 0).reshape(parts, parts == 0 ? 1 : -1).to(ScalarType.Double);
    double[] all =
        TensorBridge.download(rows.contiguous()).data().toArray(dev.swage.tensor.Tensor.LE_DOUBLE);
    int width = parts == 0 ? 1 : all.length / parts;
    Map<Part, List<Integer>> places = new LinkedHashMap<>();
    for (int i = 0; i < parts; i++) {
      Part part = new Part(Arrays.stream(all, i * width, (i + 1) * width).boxed().toList());
      places.computeIfAbsent(part, _ -> new ArrayList<>()).add(i);
    }
    List<Group> groups = new ArrayList<>();
    places.forEach((part, at) -> groups.add(new Group(part, at)));
    return groups;
  }

  private static void put(Call call, List<Group> groups, long[] first, int parts) {
    long[] inverse = new long[parts];
    for (int g = 0; g < groups.size(); g++) {
      for (int place : groups.get(g).places()) {
        inverse[place] = g;
      }
    }
    call.put(1, TensorBridge.ofLongs(first));
    call.put(2, TensorBridge.ofLongs(inverse));
    call.put(3, TensorBridge.ofLongs(groups.stream().mapToLong(g -> g.places().size()).toArray()));
  }
}
