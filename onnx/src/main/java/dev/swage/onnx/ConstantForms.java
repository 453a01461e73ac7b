package dev.swage.onnx;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/** The forms of a Constant node: a tensor, or one or several numbers. */
final class ConstantForms {
  private ConstantForms() {}

  /** What a Constant node holds, if it is numbers in a tensor. */
  static Optional<Tensor> value(Node node) {
    if (!node.is("Constant")) {
      return Optional.empty();
    }
    Optional<Tensor> tensor = node.constantTensor();
    if (tensor.isPresent()) {
      return tensor;
    }
    Map<String, Attribute> attributes = node.attributes();
    if (attributes.get("value_float") instanceof Attribute.FloatValue(float one)) {
      return Optional.of(Tensor.ofFloats(Shape.of(), one));
    }
    if (attributes.get("value_int") instanceof Attribute.IntValue(long one)) {
      return Optional.of(Tensor.ofLongs(Shape.of(), one));
    }
    if (attributes.get("value_ints") instanceof Attribute.IntsValue ints) {
      long[] values = ints.values().stream().mapToLong(Long::longValue).toArray();
      return Optional.of(Tensor.ofLongs(Shape.of(values.length), values));
    }
    if (attributes.get("value_floats") instanceof Attribute.FloatsValue floats) {
      float[] values = new float[floats.values().size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = floats.values().get(i);
      }
      return Optional.of(Tensor.ofFloats(Shape.of(values.length), values));
    }
    return Optional.empty();
  }
}
