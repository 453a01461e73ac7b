package dev.swage.train.torch.op.move;

import dev.swage.tensor.Tensor;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** NonMaxSuppression: the best boxes of each class that do not lie over a better one. */
final class BoxSelection {
  private final float[] corners;
  private final boolean centered;
  private final float most;

  private BoxSelection(float[] corners, boolean centered, float most) {
    this.corners = corners;
    this.centered = centered;
    this.most = most;
  }

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("NonMaxSuppression", BoxSelection::operator);
  }

  private static Operator operator(NodeContext node) {
    boolean centered = node.intAttribute("center_point_box", 0) != 0;
    return call -> {
      float[] scores = floats(call, 1);
      long[] dims = call.dims(1);
      int boxes = Math.toIntExact(dims[2]);
      long each = call.has(2) ? call.longs(2)[0] : 0;
      float most = call.has(3) ? floats(call, 3)[0] : 0;
      float least = call.has(4) ? floats(call, 4)[0] : Float.NEGATIVE_INFINITY;
      BoxSelection selection = new BoxSelection(floats(call, 0), centered, most);
      List<Long> chosen = new ArrayList<>();
      for (int batch = 0; batch < dims[0]; batch++) {
        for (int kind = 0; kind < dims[1]; kind++) {
          int first = Math.toIntExact((batch * dims[1] + kind) * boxes);
          for (int box : selection.best(scores, first, batch * boxes, boxes, least, each)) {
            chosen.addAll(List.of((long) batch, (long) kind, (long) box));
          }
        }
      }
      long[] flat = chosen.stream().mapToLong(Long::longValue).toArray();
      return TensorBridge.ofLongs(flat).reshape(flat.length / 3, 3);
    };
  }

  private static float[] floats(Call call, int input) {
    return TensorBridge.download(call.in(input).to(ScalarType.Float).contiguous())
        .data()
        .toArray(Tensor.LE_FLOAT);
  }

  private List<Integer> best(
      float[] scores, int first, int firstBox, int boxes, float least, long each) {
    List<Integer> chosen = new ArrayList<>();
    List<Integer> byScore =
        IntStream.range(0, boxes)
            .filter(box -> scores[first + box] > least)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer box) -> -scores[first + box]))
            .toList();
    for (int box : byScore) {
      if (chosen.size() >= each) {
        break;
      }
      if (chosen.stream().noneMatch(other -> overlap(firstBox + box, firstBox + other) > most)) {
        chosen.add(box);
      }
    }
    return chosen;
  }

  /** The part that two boxes have in common of what both cover. */
  private float overlap(int a, int b) {
    float height = Math.min(high(a, 0), high(b, 0)) - Math.max(low(a, 0), low(b, 0));
    float width = Math.min(high(a, 1), high(b, 1)) - Math.max(low(a, 1), low(b, 1));
    float common = Math.max(0, height) * Math.max(0, width);
    float covered = area(a) + area(b) - common;
    return covered <= 0 ? 0 : common / covered;
  }

  private float area(int box) {
    return (high(box, 0) - low(box, 0)) * (high(box, 1) - low(box, 1));
  }

  private float low(int box, int axis) {
    float first = corners[box * 4 + axis];
    float second = corners[box * 4 + axis + 2];
    return centered ? first - second / 2 : Math.min(first, second);
  }

  private float high(int box, int axis) {
    float first = corners[box * 4 + axis];
    float second = corners[box * 4 + axis + 2];
    return centered ? first + second / 2 : Math.max(first, second);
  }
}
