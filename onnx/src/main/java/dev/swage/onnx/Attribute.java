package dev.swage.onnx;

import dev.swage.onnx.wire.AttributeProto;
import dev.swage.tensor.DType;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** The value of a node's attribute. */
public sealed interface Attribute {
  record IntValue(long value) implements Attribute {}

  record FloatValue(float value) implements Attribute {}

  record StringValue(String value) implements Attribute {}

  record TensorValue(Tensor value) implements Attribute {}

  record GraphValue(Graph value) implements Attribute {}

  record IntsValue(List<Long> values) implements Attribute {
    public IntsValue {
      values = List.copyOf(values);
    }
  }

  record FloatsValue(List<Float> values) implements Attribute {
    public FloatsValue {
      values = List.copyOf(values);
    }
  }

  record StringsValue(List<String> values) implements Attribute {
    public StringsValue {
      values = List.copyOf(values);
    }
  }

  /**
   * Inside a {@link Function}: the value that its call gives for an attribute of the function, or
   * that attribute's default. Where there is neither, the node has no such attribute.
   *
   * @param attribute the function's attribute
   * @param kind the kind of value the node expects
   */
  record Reference(String attribute, Kind kind) implements Attribute {}

  /** The kinds of ONNX, called as there. */
  enum Kind {
    UNDEFINED,
    FLOAT,
    INT,
    STRING,
    TENSOR,
    GRAPH,
    FLOATS,
    INTS,
    STRINGS,
    TENSORS,
    GRAPHS,
    SPARSE_TENSOR,
    SPARSE_TENSORS,
    TYPE_PROTO,
    TYPE_PROTOS
  }

  /**
   * A kind Swage does not look into (sparse tensors, string tensors, types, lists of graphs),
   * written back as it was read. Equal to itself only.
   */
  final class OpaqueValue implements Attribute {
    private final AttributeProto wire;

    OpaqueValue(AttributeProto wire) {
      this.wire = wire;
    }

    AttributeProto wire() {
      return wire;
    }
  }

  static Attribute of(long value) {
    return new IntValue(value);
  }

  /** The number of an element type, as Cast takes it. */
  static IntValue of(DType type) {
    return new IntValue(WireTypes.code(type));
  }

  static Attribute of(float value) {
    return new FloatValue(value);
  }

  static Attribute of(String value) {
    return new StringValue(value);
  }

  static Attribute of(Tensor value) {
    return new TensorValue(value);
  }

  static Attribute of(Graph value) {
    return new GraphValue(value);
  }

  static Attribute ints(long... values) {
    return new IntsValue(Arrays.stream(values).boxed().toList());
  }

  static Attribute floats(List<Float> values) {
    return new FloatsValue(values);
  }
}
