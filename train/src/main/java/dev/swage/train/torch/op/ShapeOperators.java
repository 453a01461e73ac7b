package dev.swage.train.torch.op;

import dev.swage.onnx.OnnxException;
import dev.swage.tensor.DType;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Operators that move, join, select or retype elements. */
final class ShapeOperators {
  private ShapeOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Identity", node -> call -> call.in(0));
    table.put("Flatten", ShapeOperators::flatten);
    table.put("Reshape", ShapeOperators::reshape);
    table.put("Transpose", ShapeOperators::transpose);
    table.put("Squeeze", ShapeOperators::squeeze);
    table.put("Unsqueeze", ShapeOperators::unsqueeze);
    table.put("Concat", ShapeOperators::concat);
    table.put("Gather", ShapeOperators::gather);
    table.put("Cast", ShapeOperators::cast);
    table.put("Shape", ShapeOperators::onHost);
    table.put("Size", ShapeOperators::onHost);
  }

  private static Operator flatten(NodeContext node) {
    int axis = Math.toIntExact(node.intAttribute("axis", 1));
    return call -> flatten(call.in(0), axis);
  }

  /** {@code [product before axis, product from axis on]}. */
  static Tensor flatten(Tensor x, int axis) {
    long[] dims = TensorBridge.dims(x);
    int split = axis < 0 ? axis + dims.length : axis;
    long rows = 1;
    for (int i = 0; i < split; i++) {
      rows *= dims[i];
    }
    long columns = 1;
    for (int i = split; i < dims.length; i++) {
      columns *= dims[i];
    }
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
      return x.reshape(target);
    };
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
      long[] axes = call.has(1) ? call.longs(1) : attribute.clone();
      Tensor x = call.in(0);
      long rank = x.dim() + axes.length;
      for (int i = 0; i < axes.length; i++) {
        axes[i] = axes[i] < 0 ? axes[i] + rank : axes[i];
      }
      Arrays.sort(axes);
      for (long axis : axes) {
        x = x.unsqueeze(axis);
      }
      return x;
    };
  }

  private static Operator concat(NodeContext node) {
    long axis = node.intAttribute("axis", 1);
    return call -> {
      Tensor[] parts = new Tensor[call.inputs()];
      Arrays.setAll(parts, call::in);
      return torch.cat(new TensorVector(parts), axis);
    };
  }

  /** Negative indices count from the end. */
  private static Operator gather(NodeContext node) {
    long attribute = node.intAttribute("axis", 0);
    return call -> {
      Tensor x = call.in(0);
      long[] dims = TensorBridge.dims(x);
      int axis = Math.toIntExact(attribute < 0 ? attribute + dims.length : attribute);
      Tensor indices = call.in(1).to(ScalarType.Long);
      Tensor flat = indices.reshape(-1);
      Tensor wrapped = torch.where(flat.lt(new Scalar(0L)), flat.add(new Scalar(dims[axis])), flat);
      long[] picked = TensorBridge.dims(indices);
      long[] out = new long[dims.length - 1 + picked.length];
      System.arraycopy(dims, 0, out, 0, axis);
      System.arraycopy(picked, 0, out, axis, picked.length);
      System.arraycopy(dims, axis + 1, out, axis + picked.length, dims.length - axis - 1);
      return torch.index_select(x, axis, wrapped).reshape(out);
    };
  }

  private static Operator cast(NodeContext node) {
    ScalarType type = TensorBridge.scalarType(castTarget(node));
    return call -> call.in(0).to(type);
  }

  /** What {@link HostOperators} always computes. */
  private static Operator onHost(NodeContext node) {
    return call -> {
      throw new IllegalStateException("is computed on the host");
    };
  }

  /** The element types in ONNX's numbering. */
  private static DType castTarget(NodeContext node) {
    long to = node.intAttribute("to", 0);
    return switch ((int) to) {
      case 1 -> DType.FLOAT32;
      case 2 -> DType.UINT8;
      case 3 -> DType.INT8;
      case 5 -> DType.INT16;
      case 6 -> DType.INT32;
      case 7 -> DType.INT64;
      case 9 -> DType.BOOL;
      case 10 -> DType.FLOAT16;
      case 11 -> DType.FLOAT64;
      case 16 -> DType.BFLOAT16;
      default ->
          throw new OnnxException(
              "%s: element type number %d is not supported".formatted(node.node().describe(), to));
    };
  }
}
