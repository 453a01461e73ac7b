/** Quantizing ONNX models: observe, plan, write, prove. */
module dev.swage.compress {
  requires transitive dev.swage.core;
  requires dev.swage.files;
  requires transitive dev.swage.onnx;
  requires transitive dev.swage.data;
  requires transitive dev.swage.run;
  requires transitive dev.swage.graph;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires static transitive org.jspecify;

  exports dev.swage.compress.calibrate;
  exports dev.swage.compress.diagnose;
  exports dev.swage.compress.dynamic;
  exports dev.swage.compress.plan;
  exports dev.swage.compress.planner;
  exports dev.swage.compress.probe;
  exports dev.swage.compress.proof;
  exports dev.swage.compress.qdq;
  exports dev.swage.compress.search;
  exports dev.swage.compress.speed;
  exports dev.swage.compress.weights;
  exports dev.swage.compress.write;
  exports dev.swage.compress;
}
