package dev.swage.onnx.layer;

/** How fresh weights are drawn; fan-in and fan-out count the receptive field. */
public enum WeightInit {
  /** N(0, 2/fanIn): He et al. 2015, for rectifiers. */
  HE_NORMAL,
  /** U(±√(6/fanIn)): He et al. 2015, for rectifiers. */
  HE_UNIFORM,
  /** N(0, 2/(fanIn+fanOut)): Glorot and Bengio 2010. */
  GLOROT_NORMAL,
  /** U(±√(6/(fanIn+fanOut))): Glorot and Bengio 2010. */
  GLOROT_UNIFORM
}
