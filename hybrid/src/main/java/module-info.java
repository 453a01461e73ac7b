/** Training models through the codes that they are shipped with. */
module dev.swage.hybrid {
  requires transitive dev.swage.core;
  requires dev.swage.files;
  requires transitive dev.swage.onnx;
  requires transitive dev.swage.data;
  requires dev.swage.graph;
  requires dev.swage.run;
  requires transitive dev.swage.train;
  requires transitive dev.swage.compress;
  requires static transitive org.jspecify;

  exports dev.swage.hybrid;
}
