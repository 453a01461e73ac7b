package dev.swage.onnx;

import dev.swage.onnx.wire.TensorShapeProto;
import dev.swage.onnx.wire.TypeProto;
import dev.swage.onnx.wire.ValueInfoProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@link ValueInfo} to and from the wire. */
final class ValueInfos {
  private ValueInfos() {}

  static ValueInfo decode(ValueInfoProto proto) {
    if (!proto.getType().hasTensorType()) {
      return new ValueInfo(proto.getName(), Optional.empty(), Optional.empty());
    }
    TypeProto.Tensor tensor = proto.getType().getTensorType();
    return new ValueInfo(
        proto.getName(),
        WireTypes.dtype(tensor.getElemType()),
        tensor.hasShape() ? Optional.of(dims(tensor.getShape())) : Optional.empty());
  }

  private static List<ValueInfo.Dim> dims(TensorShapeProto shape) {
    List<ValueInfo.Dim> dims = new ArrayList<>();
    for (TensorShapeProto.Dimension dim : shape.getDimList()) {
      // Some exporters write −1 for an open size.
      dims.add(
          dim.hasDimValue() && dim.getDimValue() >= 0
              ? new ValueInfo.Dim.Fixed(dim.getDimValue())
              : new ValueInfo.Dim.Symbolic(dim.getDimParam()));
    }
    return dims;
  }

  static ValueInfoProto encode(ValueInfo value) {
    ValueInfoProto.Builder proto = ValueInfoProto.newBuilder().setName(value.name());
    if (value.dtype().isEmpty() && value.dims().isEmpty()) {
      return proto.build();
    }
    TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder();
    value.dtype().ifPresent(dtype -> tensor.setElemType(WireTypes.code(dtype)));
    value.dims().ifPresent(dims -> tensor.setShape(shape(dims)));
    return proto.setType(TypeProto.newBuilder().setTensorType(tensor)).build();
  }

  private static TensorShapeProto shape(List<ValueInfo.Dim> dims) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (ValueInfo.Dim dim : dims) {
      TensorShapeProto.Dimension.Builder wire = shape.addDimBuilder();
      switch (dim) {
        case ValueInfo.Dim.Fixed(long size) -> wire.setDimValue(size);
        case ValueInfo.Dim.Symbolic(String name) when !name.isEmpty() -> wire.setDimParam(name);
        case ValueInfo.Dim.Symbolic unnamed -> {}
      }
    }
    return shape.build();
  }
}
