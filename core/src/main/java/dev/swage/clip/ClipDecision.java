package dev.swage.clip;

import dev.swage.kernel.GradientEdit;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What clipping does to one step's gradients: a value that can be printed, stored and replayed. The
 * optimizer applies it while it updates, so that clipping costs no write of its own.
 */
public sealed interface ClipDecision {
  /** What was measured while deciding. */
  ClipRecord record();

  /**
   * The same as arithmetic on elements: one edit per tensor, in order.
   *
   * @param tensors how many there are
   * @throws IllegalArgumentException if the decision is for another number of tensors
   */
  default List<GradientEdit> edits(int tensors) {
    return switch (this) {
      case Keep _, Skip _ -> Collections.nCopies(tensors, GradientEdit.NONE);
      case Scale scale -> Collections.nCopies(tensors, GradientEdit.scale(scale.coefficient()));
      case Clamp clamp ->
          Collections.nCopies(tensors, GradientEdit.clamp(clamp.low(), clamp.high()));
      case ScaleEach each -> {
        if (each.coefficients().size() != tensors) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "the clip decision is for %d tensors, got %d",
                  each.coefficients().size(),
                  tensors));
        }
        yield each.coefficients().stream().map(GradientEdit::scale).toList();
      }
      case EditEach each -> {
        if (each.edits().size() != tensors) {
          throw new IllegalArgumentException(
              String.format(
                  Locale.ROOT,
                  "the clip decision is for %d tensors, got %d",
                  each.edits().size(),
                  tensors));
        }
        yield each.edits();
      }
      case ZeroNonFinite zero ->
          zero.then().edits(tensors).stream().map(GradientEdit::afterZeroingNonFinite).toList();
    };
  }

  /** The factor of every tensor if the decision does no more than scale tensors. */
  default Optional<double[]> coefficients(int tensors) {
    double[] factors = new double[tensors];
    switch (this) {
      case Keep _ -> Arrays.fill(factors, 1);
      case Scale scale -> Arrays.fill(factors, scale.coefficient());
      case ScaleEach each -> Arrays.setAll(factors, i -> each.coefficients().get(i));
      default -> {
        return Optional.empty();
      }
    }
    return Optional.of(factors);
  }

  /** Every gradient stays as it is. */
  record Keep(ClipRecord record) implements ClipDecision {}

  /** Every gradient is multiplied by one coefficient in [0, 1). */
  record Scale(float coefficient, ClipRecord record) implements ClipDecision {
    public Scale {
      if (!(coefficient >= 0 && coefficient < 1)) {
        throw new IllegalArgumentException("coefficient must be in [0, 1), got " + coefficient);
      }
    }
  }

  /** Tensor i is multiplied by coefficient i in [0, 1]; order as in {@link Gradients}. */
  record ScaleEach(List<Float> coefficients, ClipRecord record) implements ClipDecision {
    public ScaleEach {
      coefficients = List.copyOf(coefficients);
      for (float coefficient : coefficients) {
        if (!(coefficient >= 0 && coefficient <= 1)) {
          throw new IllegalArgumentException("coefficients must be in [0, 1], got " + coefficients);
        }
      }
    }
  }

  /** Every element is limited to [low, high]; NaN stays NaN. */
  record Clamp(float low, float high, ClipRecord record) implements ClipDecision {
    public Clamp {
      if (!(low <= high)) {
        throw new IllegalArgumentException("low must be <= high, got [" + low + ", " + high + "]");
      }
    }
  }

  /**
   * Tensor i gets edit i: what units, chains and groups do. The norm after clipping in its record
   * is the global L2 norm; of spikes that the optimizer limits, that before.
   */
  record EditEach(List<GradientEdit> edits, ClipRecord record) implements ClipDecision {
    public EditEach {
      edits = List.copyOf(edits);
    }
  }

  /**
   * NaN and infinite elements count as zero, then {@code then} applies.
   *
   * @param then decided on the gradients with zeros in those places
   * @param record as that of {@code then}, with the elements that were not finite
   */
  record ZeroNonFinite(ClipDecision then, ClipRecord record) implements ClipDecision {}

  /** The step is not taken at all: weights and optimizer state stay as they are. */
  record Skip(String reason, ClipRecord record) implements ClipDecision {}
}
