package dev.swage.train.torch.program;

import dev.swage.onnx.Attribute;
import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Map;

/** What a Constant node holds. */
final class ConstantNode {
  private ConstantNode() {}

  static Tensor value(Node node) {
    for (Map.Entry<String, Attribute> attribute : node.attributes().entrySet()) {
      switch (attribute.getValue()) {
        case Attribute.TensorValue v -> {
          return v.value();
        }
        case Attribute.FloatValue v -> {
          return Tensor.ofFloats(Shape.of(), v.value());
        }
        case Attribute.IntValue v -> {
          return Tensor.ofLongs(Shape.of(), v.value());
        }
        case Attribute.IntsValue v -> {
          long[] values = v.values().stream().mapToLong(Long::longValue).toArray();
          return Tensor.ofLongs(Shape.of(values.length), values);
        }
        case Attribute.FloatsValue v -> {
          float[] values = new float[v.values().size()];
          for (int i = 0; i < values.length; i++) {
            values[i] = v.values().get(i);
          }
          return Tensor.ofFloats(Shape.of(values.length), values);
        }
        default -> {
          // Strings and sparse tensors take part in no computation here.
        }
      }
    }
    throw new OnnxException(
        "%s: holds no numbers, got attributes %s"
            .formatted(node.describe(), node.attributes().keySet()));
  }
}
