package dev.swage.onnx;

import dev.swage.onnx.wire.NodeProto;
import dev.swage.onnx.wire.TensorProto;
import dev.swage.onnx.wire.ValueInfoProto;

/** Documentation and metadata in wire messages: what exporters note for people and debuggers. */
final class Notes {
  private Notes() {}

  static NodeProto without(NodeProto node) {
    return node.toBuilder().clearDocString().clearMetadataProps().build();
  }

  static TensorProto without(TensorProto tensor) {
    return tensor.toBuilder().clearDocString().clearMetadataProps().build();
  }

  static ValueInfoProto without(ValueInfoProto value) {
    return value.toBuilder().clearDocString().clearMetadataProps().build();
  }
}
