package dev.swage.clip;

/** Measures, and changes nothing. */
record NoClipper() implements GradientClipper {
  @Override
  public ClipDecision decide(Gradients gradients, ClipStep step) {
    return new ClipDecision.Keep(ClipRecord.of(step, "none", gradients.measure()));
  }

  @Override
  public String describe() {
    return "none";
  }
}
