package dev.swage.train.torch.op.move;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.WireTypes;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.train.torch.lib.TensorBridge;
import dev.swage.train.torch.program.NodeContext;
import dev.swage.train.torch.program.Operator;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Operators whose elements come from a rule. */
final class FillOperators {
  private FillOperators() {}

  static void addTo(Map<String, Operator.Factory> table) {
    table.put("Shape", FillOperators::onHost);
    table.put("Size", FillOperators::onHost);
    table.put("Range", FillOperators::range);
    table.put("ConstantOfShape", FillOperators::constantOfShape);
    table.put("EyeLike", FillOperators::eyeLike);
    table.put("OneHot", FillOperators::oneHot);
  }

  /** What the host always computes. */
  private static Operator onHost(NodeContext node) {
    return call -> {
      throw new IllegalStateException("is computed on the host");
    };
  }

  private static Operator range(NodeContext node) {
    return call -> {
      Tensor start = call.in(0).reshape();
      Tensor step = call.in(2).reshape();
      double from = start.to(ScalarType.Double).item_double();
      double to = call.in(1).to(ScalarType.Double).item_double();
      double by = step.to(ScalarType.Double).item_double();
      long count = Math.max(0, (long) Math.ceil((to - from) / by));
      return torch.arange(new Scalar(count)).to(start.scalar_type()).mul(step).add(start);
    };
  }

  private static Operator constantOfShape(NodeContext node) {
    dev.swage.tensor.Tensor value =
        node.node().attributes().get("value") instanceof Attribute.TensorValue(var given)
            ? given.reshaped(Shape.of())
            : dev.swage.tensor.Tensor.ofFloats(Shape.of(), 0);
    return call -> TensorBridge.upload(value).expand(call.longs(0)).contiguous();
  }

  private static Operator eyeLike(NodeContext node) {
    long diagonal = node.intAttribute("k", 0);
    long type = node.intAttribute("dtype", 0);
    return call -> {
      Tensor x = call.in(0);
      ScalarType wanted = type == 0 ? x.scalar_type() : TensorBridge.scalarType(dtype(node, type));
      Tensor ones = torch.ones(TensorBridge.dims(x));
      return torch.tril(torch.triu(ones, diagonal), diagonal).to(wanted);
    };
  }

  /** The element type with a number of ONNX's. */
  static DType dtype(NodeContext node, long number) {
    return WireTypes.dtype(Math.toIntExact(number))
        .orElseThrow(() ->
            new OnnxException(
                "%s: element type number %d is not supported"
                    .formatted(node.node().describe(), number)));
  }

  private static Operator oneHot(NodeContext node) {
    long attribute = node.intAttribute("axis", -1);
    return call -> {
      Tensor indices = call.in(0).to(ScalarType.Long);
      long depth = call.longs(1)[0];
      int axis = Axes.counted(attribute, indices.dim() + 1);
      long[] along = new long[Math.toIntExact(indices.dim()) + 1];
      Arrays.fill(along, 1);
      along[axis] = depth;
      Tensor classes = torch.arange(new Scalar(depth)).to(ScalarType.Long).reshape(along);
      Tensor hot = Axes.indices(indices, depth).unsqueeze(axis).eq(classes);
      Tensor values = call.in(2);
      return torch.where(hot, values.select(0, 1), values.select(0, 0));
    };
  }
}
