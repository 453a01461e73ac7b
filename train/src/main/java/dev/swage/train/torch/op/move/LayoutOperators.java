package dev.swage.train.torch.op.move;

import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Operators that give the same elements another shape or order of axes. */
public final class LayoutOperators {
  private LayoutOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Identity", node -> call -> call.in(0));
    table.put("Flatten", LayoutOperators::flatten);
    table.put("Reshape", LayoutOperators::reshape);
    table.put("Transpose", LayoutOperators::transpose);
    table.put("Squeeze", LayoutOperators::squeeze);
    table.put("Unsqueeze", LayoutOperators::unsqueeze);
    table.put("DepthToSpace", LayoutOperators::depthToSpace);
    table.put("SpaceToDepth", LayoutOperators::spaceToDepth);
  }

  private static Operator flatten(NodeContext node) {
    long axis = node.intAttribute("axis", 1);
    return call -> {
      Tensor x = call.in(0);
      return flatten(x, Axes.counted(axis, x.dim()));
    };
  }

  /** The axes before this one, and those from it on, as one each. */
  public static Tensor flatten(Tensor x, int axis) {
    long[] dims = TensorBridge.dims(x);
    int split = Axes.counted(axis, dims.length);
    long rows = Arrays.stream(dims, 0, split).reduce(1, (a, b) -> a * b);
    long columns = Arrays.stream(dims, split, dims.length).reduce(1, (a, b) -> a * b);
    return x.reshape(rows, columns);
  }

  private static Operator reshape(NodeContext node) {
    boolean zeroIsZero = node.intAttribute("allowzero", 0) != 0;
    long[] attribute = node.node().intsAttribute("shape");
    long[] fixed = node.constant(1).map(dev.swage.tensor.Tensor::toLongs).orElse(attribute);
    boolean known = node.opset() < 5 || node.constant(1).isPresent();
    return call -> {
      Tensor x = call.in(0);
      long[] target = known ? fixed.clone() : call.longs(1);
      if (!zeroIsZero) {
        for (int i = 0; i < target.length; i++) {
          target[i] = target[i] == 0 ? x.size(i) : target[i];
        }
      }
      return x.reshape(withoutGuess(target, x.numel()));
    };
  }

  /** The size −1 worked out, which libtorch refuses to do where another one is 0. */
  private static long[] withoutGuess(long[] target, long elements) {
    boolean empty = Arrays.stream(target).anyMatch(size -> size == 0);
    if (empty && elements == 0) {
      for (int i = 0; i < target.length; i++) {
        target[i] = target[i] == -1 ? 0 : target[i];
      }
    }
    return target;
  }

  private static Operator transpose(NodeContext node) {
    long[] attribute = node.node().intsAttribute("perm");
    return call -> {
      Tensor x = call.in(0);
      if (attribute.length > 0 || x.dim() == 0) {
        return x.permute(attribute);
      }
      long[] reversed = new long[Math.toIntExact(x.dim())];
      Arrays.setAll(reversed, i -> reversed.length - 1 - i);
      return x.permute(reversed);
    };
  }

  private static Operator squeeze(NodeContext node) {
    long[] attribute = node.node().intsAttribute("axes");
    return call -> {
      long[] axes = call.has(1) ? call.longs(1) : attribute;
      return axes.length == 0 ? call.in(0).squeeze() : call.in(0).squeeze(axes);
    };
  }

  private static Operator unsqueeze(NodeContext node) {
    long[] attribute = node.node().intsAttribute("axes");
    return call -> {
      long[] axes = call.has(1) ? call.longs(1) : attribute;
      Tensor x = call.in(0);
      int[] counted = Axes.counted(axes, x.dim() + axes.length);
      Arrays.sort(counted);
      for (int axis : counted) {
        x = x.unsqueeze(axis);
      }
      return x;
    };
  }

  /** {@code [n, c, h, w]} to {@code [n, c / b², h·b, w·b]}. */
  private static Operator depthToSpace(NodeContext node) {
    long b = node.intAttribute("blocksize", 1);
    boolean columns = node.stringAttribute("mode", "DCR").equals("CRD");
    return call -> {
      Tensor x = call.in(0);
      long[] d = TensorBridge.dims(x);
      long depth = d[1] / (b * b);
      Tensor blocks =
          columns
              ? x.reshape(d[0], depth, b, b, d[2], d[3]).permute(0, 1, 4, 2, 5, 3)
              : x.reshape(d[0], b, b, depth, d[2], d[3]).permute(0, 3, 4, 1, 5, 2);
      return blocks.reshape(d[0], depth, d[2] * b, d[3] * b);
    };
  }

  /** {@code [n, c, h, w]} to {@code [n, c·b², h / b, w / b]}. */
  private static Operator spaceToDepth(NodeContext node) {
    long b = node.intAttribute("blocksize", 1);
    return call -> {
      Tensor x = call.in(0);
      long[] d = TensorBridge.dims(x);
      return x.reshape(d[0], d[1], d[2] / b, b, d[3] / b, b)
          .permute(0, 3, 5, 1, 2, 4)
          .reshape(d[0], d[1] * b * b, d[2] / b, d[3] / b);
    };
  }
}
