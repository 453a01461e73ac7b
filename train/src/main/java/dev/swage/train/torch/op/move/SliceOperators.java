package dev.swage.train.torch.op.move;

import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Operators that take parts of a tensor. */
final class SliceOperators {
  private SliceOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Slice", SliceOperators::slice);
    table.put("Split", SliceOperators::split);
  }

  private static Operator slice(NodeContext node) {
    long[] starts = node.node().intsAttribute("starts");
    long[] ends = node.node().intsAttribute("ends");
    long[] axes = node.node().intsAttribute("axes");
    boolean byAttributes = node.opset() < 10;
    return call -> {
      long[] from = byAttributes ? starts : call.longs(1);
      long[] to = byAttributes ? ends : call.longs(2);
      long[] along = call.has(3) ? call.longs(3) : axes.length > 0 ? axes : Axes.all(from.length);
      long[] steps = call.has(4) ? call.longs(4) : ones(from.length);
      Tensor x = call.in(0);
      for (int i = 0; i < from.length; i++) {
        x = slice(x, Axes.counted(along[i], x.dim()), from[i], to[i], steps[i]);
      }
      return x;
    };
  }

  private static long[] ones(int count) {
    long[] ones = new long[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static Tensor slice(Tensor x, int axis, long start, long end, long step) {
    long size = x.size(axis);
    long last = step > 0 ? size : size - 1; // where the walk may begin
    long first = step > 0 ? 0 : -1; // where it may end
    long from = Math.clamp(start < 0 ? start + size : start, 0, Math.max(0, last));
    long to = Math.clamp(end < 0 ? end + size : end, first, size);
    if (step > 0) {
      return narrowed(x, axis, from, Math.max(from, to), step);
    }
    long count = Math.max(0, Math.ceilDiv(to - from, step));
    if (count == 0) {
      return narrowed(x, axis, 0, 0, 1);
    }
    long lowest = from + step * (count - 1);
    long stride = step == Long.MIN_VALUE ? Long.MAX_VALUE : -step;
    return narrowed(x, axis, lowest, from + 1, stride).flip(axis);
  }

  private static Tensor narrowed(Tensor x, int axis, long from, long to, long step) {
    return torch.slice(x, axis, new LongOptional(from), new LongOptional(to), step);
  }

  private static Operator split(NodeContext node) {
    long attributeAxis = node.intAttribute("axis", 0);
    long[] attribute = node.node().intsAttribute("split");
    int outputs = node.node().outputs().size();
    return call -> {
      Tensor x = call.in(0);
      int axis = Axes.counted(attributeAxis, x.dim());
      long[] sizes = sizes(call, attribute, x.size(axis), outputs);
      long at = 0;
      for (int i = 0; i < sizes.length; i++) {
        if (i > 0) {
          call.put(i, x.narrow(axis, at, sizes[i]));
        }
        at += sizes[i];
      }
      return x.narrow(axis, 0, sizes[0]);
    };
  }

  /** Equal parts unless told otherwise; the last one is smaller where they do not go. */
  private static long[] sizes(Call call, long[] attribute, long whole, int outputs) {
    if (call.has(1)) {
      return call.longs(1);
    }
    if (attribute.length > 0) {
      return attribute;
    }
    long each = Math.ceilDiv(whole, outputs);
    long[] sizes = new long[outputs];
    Arrays.setAll(sizes, i -> Math.clamp(whole - i * each, 0, each));
    return sizes;
  }

  /** A part in the middle of an axis, or the whole with zeros around it. */
  static Tensor centered(Tensor x, int axis, long target) {
    long size = x.size(axis);
    if (target <= size) {
      return x.narrow(axis, (size - target) / 2, target);
    }
    long before = (target - size) / 2;
    long[] pads = new long[2 * Math.toIntExact(x.dim() - axis)];
    pads[pads.length - 2] = before;
    pads[pads.length - 1] = target - size - before;
    return torch.constant_pad_nd(x, pads);
  }
}
