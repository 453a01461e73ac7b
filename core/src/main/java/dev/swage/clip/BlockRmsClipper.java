package dev.swage.clip;

/**
 * Scales each tensor whose root mean square exceeds c by c/rms: {@code g / max(1, rms(g)/c)}. Large
 * and small tensors have the same bound for their typical element.
 *
 * @param threshold c
 * @see <a href="https://arxiv.org/abs/1804.04235">Shazeer, Stern: Adafactor (2018), section 6</a>
 */
record BlockRmsClipper(ThresholdSchedule threshold) implements GradientClipper {
  @Override
  public ClipDecision decide(Gradients unmeasured, ClipStep step) {
    Gradients gradients = unmeasured.measured();
    double bound = threshold.at(step);
    double[] bounds = new double[gradients.size()];
    for (int i = 0; i < bounds.length; i++) {
      bounds[i] = bound * Math.sqrt((double) gradients.get(i).shape().elements());
    }
    GradientMeasure measure = gradients.measure();
    return Coefficients.eachTensor(ClipRecord.of(step, "block rms", measure), measure, bounds);
  }

  @Override
  public String describe() {
    return "block rms, threshold " + threshold.describe();
  }
}
