package dev.swage.clip;

/** Measures, and changes nothing. */
record NoClipper() implements GradientClipper {
  @Override
  public ClipDecision decide(Gradients gradients, long step) {
    GradientMeasure measure = gradients.measure();
    return new ClipDecision.Keep(
        ClipRecord.unclipped(step, "none", measure.norm(), Double.POSITIVE_INFINITY, measure));
  }
}
