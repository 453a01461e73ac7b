/** Rewriting ONNX graphs into ones that compute the same. */
module dev.swage.graph {
  requires transitive dev.swage.core;
  requires transitive dev.swage.onnx;
  requires static transitive org.jspecify;

  exports dev.swage.graph;
  exports dev.swage.graph.widen;
}
