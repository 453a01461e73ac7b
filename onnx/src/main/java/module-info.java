/** ONNX models as values: reading, checking, editing, writing, and a layer DSL that builds them. */
module dev.swage.onnx {
  requires transitive dev.swage.core;
  requires dev.swage.files;
  requires dev.swage.onnx.wire;
  requires com.google.protobuf;
  requires static transitive org.jspecify;

  exports dev.swage.onnx;
  exports dev.swage.onnx.layer;
  exports dev.swage.onnx.op;
}
