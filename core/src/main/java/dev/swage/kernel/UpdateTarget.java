package dev.swage.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The memory of one parameter in an optimizer step: float32, little-endian, contiguous, none
 * overlapping another.
 *
 * @param parameter read and written
 * @param gradient only read
 * @param states read and written, in the order the rule names them
 * @param edit what is done to the gradient on the way
 * @param limit the new parameter is limited to [−limit, limit]; NaN stays NaN; +∞ for no limit
 */
public record UpdateTarget(
    MemorySegment parameter,
    MemorySegment gradient,
    List<MemorySegment> states,
    GradientEdit edit,
    float limit) {
  public UpdateTarget {
    states = List.copyOf(states);
    if (!(limit > 0)) {
      throw new IllegalArgumentException("the limit of a parameter must be > 0, got " + limit);
    }
    requireSize("gradient", gradient, parameter.byteSize());
    for (MemorySegment state : states) {
      requireSize("state", state, parameter.byteSize());
    }
  }

  /** Without a limit. */
  public UpdateTarget(
      MemorySegment parameter,
      MemorySegment gradient,
      List<MemorySegment> states,
      GradientEdit edit) {
    this(parameter, gradient, states, edit, Float.POSITIVE_INFINITY);
  }

  private static void requireSize(String what, MemorySegment segment, long expected) {
    if (segment.byteSize() != expected) {
      throw new IllegalArgumentException(
          "%s has %d bytes, its parameter has %d".formatted(what, segment.byteSize(), expected));
    }
  }
}
