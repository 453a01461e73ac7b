/** Data for training, calibration and evaluation: one DataSource over files and generated sets. */
module dev.swage.data {
  requires transitive dev.swage.core;
  requires transitive dev.swage.files;
  requires transitive dev.swage.onnx;
  requires ai.djl.tokenizers;
  requires com.fasterxml.jackson.core;
  requires org.apache.commons.csv;
  requires java.desktop;
  requires org.yaml.snakeyaml;
  requires static transitive org.jspecify;

  exports dev.swage.data;
  exports dev.swage.data.yaml;
}
