package dev.swage.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** {@link ScalarActivations} on vectors, with the same bits. */
final class VectorActivations {
  private static final int EXPONENT = 23;

  private VectorActivations() {}

  private static FloatVector of(float value) {
    return FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, value);
  }

  static FloatVector exp(FloatVector x) {
    FloatVector bounded = x.min(ScalarActivations.EXP_MAX).max(ScalarActivations.EXP_MIN);
    FloatVector shifted = bounded.fma(of(ScalarActivations.LOG2_E), of(ScalarActivations.ROUND));
    FloatVector power = shifted.sub(ScalarActivations.ROUND);
    FloatVector r =
        power.fma(
            of(-ScalarActivations.LN2_LOW), power.fma(of(-ScalarActivations.LN2_HIGH), bounded));
    FloatVector p = of(ScalarActivations.E0).fma(r, of(ScalarActivations.E1));
    p = p.fma(r, of(ScalarActivations.E2));
    p = p.fma(r, of(ScalarActivations.E3));
    p = p.fma(r, of(ScalarActivations.E4));
    p = p.fma(r, of(ScalarActivations.E5));
    p = p.fma(r.mul(r), r).add(1);
    return p.reinterpretAsInts()
        .add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, EXPONENT))
        .reinterpretAsFloats();
  }

  static FloatVector sigmoid(FloatVector x) {
    return of(1).div(exp(x.neg()).add(1));
  }

  static FloatVector tanh(FloatVector x) {
    FloatVector magnitude = x.abs();
    FloatVector square = x.mul(x);
    FloatVector p = of(ScalarActivations.T0).fma(square, of(ScalarActivations.T1));
    p = p.fma(square, of(ScalarActivations.T2));
    p = p.fma(square, of(ScalarActivations.T3));
    p = p.fma(square, of(ScalarActivations.T4));
    FloatVector small = p.mul(square).fma(x, x);
    FloatVector large = of(1).sub(of(2).div(exp(magnitude.mul(2)).add(1)));
    VectorMask<Float> negative = x.compare(VectorOperators.LT, 0);
    VectorMask<Float> isSmall = magnitude.compare(VectorOperators.LT, ScalarActivations.TANH_SMALL);
    return large.blend(large.neg(), negative).blend(small, isSmall);
  }
}
