package dev.swage.quant.range;

import dev.swage.quant.Granularity;
import dev.swage.quant.Histogram;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.testkit.TestFloats;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Activations of the kinds networks have, and what a slow reference says of a range for them. */
final class Activations {
  static final QuantScheme UINT8 = QuantScheme.asymmetric(8, Granularity.perTensor());
  static final QuantScheme INT8 = QuantScheme.symmetric(8, Granularity.perTensor());
  static final QuantScheme UINT4 = QuantScheme.asymmetric(4, Granularity.perTensor());

  private static final int SIZE = 60_000;

  private Activations() {}

  /** Values and what to call them. */
  static final class Sample {
    private final String name;
    private final float[] values;

    Sample(String name, float[] values) {
      this.name = name;
      this.values = values;
    }

    float[] values() {
      return values;
    }

    ActivationStatistics statistics(int bins) {
      Histogram histogram = new Histogram(bins);
      histogram.add(MemorySegment.ofArray(values));
      return new ActivationStatistics(histogram, Range.zero());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Sample> all() {
    float[] gaussian = TestFloats.gaussian(SIZE, 2.5, 1);
    float[] relu = gaussian.clone();
    float[] relu6 = gaussian.clone();
    float[] shifted = gaussian.clone();
    for (int i = 0; i < SIZE; i++) {
      relu[i] = Math.max(0, relu[i]);
      relu6[i] = Math.clamp(3 * relu6[i], 0, 6);
      shifted[i] = shifted[i] / 10 + 20;
    }
    float[] outlier = gaussian.clone();
    outlier[7] = 300;
    return List.of(
        new Sample("gaussian", gaussian),
        new Sample("relu", relu),
        new Sample("relu6", relu6),
        new Sample("shifted", shifted),
        new Sample("outlier", outlier),
        new Sample("heavy", heavyTailed()),
        new Sample("negative", negated(relu)));
  }

  /** Student's t with three degrees of freedom. */
  static float[] heavyTailed() {
    RandomGenerator random = TestFloats.random(5);
    float[] values = new float[SIZE];
    for (int i = 0; i < SIZE; i++) {
      double chi = 0;
      for (int k = 0; k < 3; k++) {
        double normal = random.nextGaussian();
        chi += normal * normal;
      }
      values[i] = (float) (random.nextGaussian() / Math.sqrt(chi / 3));
    }
    return values;
  }

  static float[] negated(float[] values) {
    float[] negated = values.clone();
    for (int i = 0; i < negated.length; i++) {
      negated[i] = -negated[i];
    }
    return negated;
  }

  /** Σ (x − x̂)² element by element, clipped elements times gamma. */
  static double squaredError(float[] values, Range range, QuantScheme scheme, double gamma) {
    ScaleZeroPoint affine = ScaleZeroPoint.of(range.min(), range.max(), scheme);
    double error = 0;
    for (float value : values) {
      double code = Math.rint(value / affine.scale()) + affine.zeroPoint();
      double kept = Math.clamp(code, scheme.qmin(), scheme.qmax());
      double difference = value - (kept - affine.zeroPoint()) * affine.scale();
      error += (kept == code ? 1 : gamma) * difference * difference;
    }
    return error;
  }

  static float[] sortedMagnitudes(float[] values) {
    float[] magnitudes = values.clone();
    for (int i = 0; i < magnitudes.length; i++) {
      magnitudes[i] = Math.abs(magnitudes[i]);
    }
    Arrays.sort(magnitudes);
    return magnitudes;
  }
}
