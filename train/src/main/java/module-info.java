/** Executing and differentiating ONNX graphs on libtorch; optimizers, losses, the trainer. */
@SuppressWarnings("module") // the module that is named is built after this one
module dev.swage.train {
  requires transitive dev.swage.core;
  requires dev.swage.files;
  requires transitive dev.swage.onnx;
  requires transitive dev.swage.data;
  requires dev.swage.graph;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires org.slf4j;
  requires org.bytedeco.javacpp;
  requires org.bytedeco.openblas;
  requires org.bytedeco.pytorch;
  requires static transitive org.jspecify;

  exports dev.swage.train;
  exports dev.swage.train.head;
  exports dev.swage.train.quantize;
  exports dev.swage.train.torch to
      dev.swage.hybrid;
}
