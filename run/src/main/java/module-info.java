/** Running ONNX models on ONNX Runtime: sessions, latency, accuracy, comparison of two models. */
module dev.swage.run {
  requires transitive dev.swage.core;
  requires dev.swage.files;
  requires transitive dev.swage.onnx;
  requires transitive dev.swage.graph;
  requires transitive dev.swage.data;
  requires com.microsoft.onnxruntime;
  requires java.management;
  requires jdk.management;
  requires com.fasterxml.jackson.core;
  requires static transitive org.jspecify;

  exports dev.swage.run;
  exports dev.swage.run.limit;
  exports dev.swage.run.measure;
  exports dev.swage.run.score;
  exports dev.swage.run.time;
}
