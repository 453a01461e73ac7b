/** The wire classes of ONNX, for {@code dev.swage.onnx} only. */
module dev.swage.onnx.wire {
  requires transitive com.google.protobuf;

  exports dev.swage.onnx.wire to
      dev.swage.onnx;
}
