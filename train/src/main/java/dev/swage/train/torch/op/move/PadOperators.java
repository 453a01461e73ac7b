package dev.swage.train.torch.op.move;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Operators that add elements around a tensor, or take them away. */
final class PadOperators {
  private PadOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Pad", PadOperators::pad);
    table.put("CenterCropPad", PadOperators::centerCropPad);
  }

  private static Operator pad(NodeContext node) {
    long[] attribute = node.node().intsAttribute(node.opset() < 2 ? "paddings" : "pads");
    float value = node.floatAttribute("value", 0);
    String mode = node.stringAttribute("mode", "constant");
    return call -> {
      Tensor x = call.in(0);
      boolean byInputs = attribute.length == 0;
      long[] pads = byInputs ? call.longs(1) : attribute;
      long[] axes = call.has(3) ? call.longs(3) : Axes.all(x.dim());
      return mode.equals("constant")
          ? constant(x, pads, axes, byInputs ? value(call) : value)
          : repeated(x, pads, axes, mode);
    };
  }

  private static double value(Call call) {
    return call.has(2) && call.in(2).numel() > 0
        ? call.in(2).to(ScalarType.Double).item_double()
        : 0;
  }

  /** Negative pads take elements away, here as in libtorch. */
  private static Tensor constant(Tensor x, long[] pads, long[] axes, double value) {
    int rank = Math.toIntExact(x.dim());
    long[] backwards = new long[2 * rank]; // from the last axis on
    for (int i = 0; i < axes.length; i++) {
      int at = 2 * (rank - 1 - Axes.counted(axes[i], rank));
      backwards[at] = pads[i];
      backwards[at + 1] = pads[i + axes.length];
    }
    return torch.constant_pad_nd(x, backwards, new Scalar(value));
  }

  private static Tensor repeated(Tensor x, long[] pads, long[] axes, String mode) {
    Tensor padded = x;
    for (int i = 0; i < axes.length; i++) {
      int axis = Axes.counted(axes[i], x.dim());
      long before = pads[i];
      long after = pads[i + axes.length];
      if (before != 0 || after != 0) {
        long[] from = new long[Math.toIntExact(before + x.size(axis) + after)];
        for (int k = 0; k < from.length; k++) {
          from[k] = source(k - before, x.size(axis), mode);
        }
        padded = torch.index_select(padded, axis, TensorBridge.ofLongs(from));
      }
    }
    return padded;
  }

  /** The element that stands at a place outside. */
  private static long source(long place, long size, String mode) {
    return switch (mode) {
      case "edge" -> Math.clamp(place, 0, size - 1);
      case "wrap" -> Math.floorMod(place, size);
      case "reflect" -> {
        long period = Math.max(1, 2 * (size - 1));
        long inside = Math.floorMod(place, period);
        yield Math.min(inside, period - inside);
      }
      default -> throw new IllegalArgumentException("unknown mode of padding " + mode);
    };
  }

  private static Operator centerCropPad(NodeContext node) {
    long[] attribute = node.node().intsAttribute("axes");
    return call -> {
      Tensor x = call.in(0);
      long[] target = call.longs(1);
      long[] axes = attribute.length > 0 ? attribute : Axes.all(x.dim());
      for (int i = 0; i < axes.length; i++) {
        x = SliceOperators.centered(x, Axes.counted(axes[i], x.dim()), target[i]);
      }
      return x;
    };
  }
}
