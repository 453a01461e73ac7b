package dev.swage.clip;

/**
 * Scales all gradients by {@code c / (c + N)}, N their global L2 norm: the norm afterwards lies
 * below c, smoothly. There is no norm below which nothing changes.
 *
 * @param threshold c
 * @see <a href="https://arxiv.org/abs/1905.11881">Zhang, He, Sra, Jadbabaie: Why gradient clipping
 *     accelerates training (2020)</a>
 */
record SmoothClipper(ThresholdSchedule threshold) implements GradientClipper {
  @Override
  public ClipDecision decide(Gradients unmeasured, ClipStep step) {
    GradientMeasure measure = unmeasured.measure();
    double norm = measure.norm();
    double bound = threshold.at(step);
    ClipRecord record = ClipRecord.of(step, "smooth", measure).under(bound);
    float coefficient = Double.isFinite(norm) ? (float) (bound / (bound + norm)) : 1;
    return norm > 0 && coefficient < 1
        ? new ClipDecision.Scale(coefficient, record.clippedTo(coefficient, norm * coefficient))
        : new ClipDecision.Keep(record);
  }

  @Override
  public String describe() {
    return "smooth, threshold " + threshold.describe();
  }
}
