/** Tensors, kernels, gradient clipping and quantization arithmetic: no native library, no I/O. */
module dev.swage.core {
  requires jdk.incubator.vector;
  requires static transitive org.jspecify;

  exports dev.swage.tensor;
  exports dev.swage.kernel;
  exports dev.swage.clip;
  exports dev.swage.quant;
  exports dev.swage.quant.range;
  exports dev.swage.range;
  exports dev.swage.text;
}
