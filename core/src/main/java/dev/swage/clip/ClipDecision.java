package dev.swage.clip;

import java.util.List;

/**
 * What clipping does to one step's gradients: a value that can be printed, stored and replayed. The
 * optimizer applies it while it updates, so that clipping costs no write of its own.
 */
public sealed interface ClipDecision {
  /** What was measured while deciding. */
  ClipRecord record();

  /** Every gradient stays as it is. */
  record Keep(ClipRecord record) implements ClipDecision {}

  /** Every gradient is multiplied by one coefficient in (0, 1). */
  record Scale(float coefficient, ClipRecord record) implements ClipDecision {}

  /** Tensor i is multiplied by coefficient i in (0, 1]; order as in {@link Gradients}. */
  record ScaleEach(List<Float> coefficients, ClipRecord record) implements ClipDecision {
    public ScaleEach {
      coefficients = List.copyOf(coefficients);
    }
  }

  /** Every element is limited to [low, high]; NaN stays NaN. */
  record Clamp(float low, float high, ClipRecord record) implements ClipDecision {}

  /** Non-finite elements count as zero, then {@code then} applies. */
  record ZeroNonFinite(ClipDecision then) implements ClipDecision {
    @Override
    public ClipRecord record() {
      return then.record();
    }
  }

  /** The step is not taken at all: weights and optimizer state stay as they are. */
  record Skip(String reason, ClipRecord record) implements ClipDecision {}
}
