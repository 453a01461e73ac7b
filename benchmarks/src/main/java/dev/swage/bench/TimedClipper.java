package dev.swage.bench;

import dev.swage.clip.ClipDecision;
import dev.swage.clip.ClipStep;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.Gradients;

/**
 * A clipper under a clock: all it does before the optimizer's pass, reading the gradients included.
 * For clippers without memory.
 */
final class TimedClipper implements GradientClipper {
  private final GradientClipper clipper;
  private long nanos;

  TimedClipper(GradientClipper clipper) {
    this.clipper = clipper;
  }

  /** Nanoseconds since the last call of this method. */
  long takeNanos() {
    long taken = nanos;
    nanos = 0;
    return taken;
  }

  @Override
  public Gradients read(Gradients gradients) {
    long start = System.nanoTime();
    try {
      return clipper.read(gradients);
    } finally {
      nanos += System.nanoTime() - start;
    }
  }

  @Override
  public ClipDecision decide(Gradients gradients, ClipStep step) {
    long start = System.nanoTime();
    try {
      return clipper.decide(gradients, step);
    } finally {
      nanos += System.nanoTime() - start;
    }
  }

  @Override
  public String describe() {
    return clipper.describe();
  }
}
