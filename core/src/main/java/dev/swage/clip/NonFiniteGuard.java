package dev.swage.clip;

import dev.swage.kernel.GradientEdit;
import dev.swage.kernel.Updates;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Keeps gradients that are not finite from the clipper inside, as the policy says. The clipper
 * inside decides (and learns) only from steps that are taken.
 */
final class NonFiniteGuard implements GradientClipper {
  private final GradientClipper inner;
  private final NonFinitePolicy policy;
  private int consecutive;

  NonFiniteGuard(GradientClipper inner, NonFinitePolicy policy) {
    this.inner = inner;
    this.policy = policy;
  }

  @Override
  public GradientClipper onNonFinite(NonFinitePolicy other) {
    return new NonFiniteGuard(inner, other);
  }

  @Override
  public ClipDecision decide(Gradients unmeasured, long step) {
    Gradients gradients = unmeasured.measured();
    GradientMeasure measure = gradients.measure();
    if (measure.firstNonFinite().isEmpty()) {
      consecutive = 0;
      return inner.decide(gradients, step);
    }
    GradientMeasure.BadParameter bad = measure.firstNonFinite().get();
    return switch (policy) {
      case NonFinitePolicy.Pass _ -> inner.decide(gradients, step);
      case NonFinitePolicy.Zero _ -> decideWithZeros(gradients, step);
      case NonFinitePolicy.Throw _ -> throw failure(step, measure, bad, "");
      case NonFinitePolicy.SkipStep skip -> {
        if (consecutive == skip.maxConsecutive()) {
          throw failure(step, measure, bad, ", after " + consecutive + " skipped steps in a row");
        }
        consecutive++;
        yield new ClipDecision.Skip(
            describe(bad),
            ClipRecord.unclipped(step, "skip", measure.norm(), Double.POSITIVE_INFINITY, measure));
      }
    };
  }

  /** Rare, so it may cost a copy of the tensors concerned: then any clipper can decide on them. */
  private ClipDecision decideWithZeros(Gradients gradients, long step) {
    GradientMeasure measure = gradients.measure();
    try (Arena arena = Arena.ofShared()) {
      List<Gradients.Entry> cleaned =
          java.util.stream.IntStream.range(0, gradients.size())
              .mapToObj(i -> finite(gradients.get(i), measure.sumOfSquares(i), arena))
              .toList();
      ClipDecision then = inner.decide(Gradients.of(cleaned), step);
      return new ClipDecision.ZeroNonFinite(then, then.record().withZeroed(measure));
    }
  }

  private static Gradients.Entry finite(Gradients.Entry entry, double squares, Arena arena) {
    if (Double.isFinite(squares)) {
      return entry;
    }
    MemorySegment copy = arena.allocate(entry.data().byteSize(), Float.BYTES);
    copy.copyFrom(entry.data());
    Updates.edit(copy, GradientEdit.NONE.afterZeroingNonFinite());
    return new Gradients.Entry(entry.name(), entry.layer(), entry.shape(), copy);
  }

  private static String describe(GradientMeasure.BadParameter bad) {
    return "gradient of %s has %d NaN or infinite elements of %d, the first at index %d"
        .formatted(bad.name(), bad.count(), bad.elements(), bad.firstIndex());
  }

  private static NonFiniteGradientException failure(
      long step, GradientMeasure measure, GradientMeasure.BadParameter bad, String after) {
    return new NonFiniteGradientException(
        "step %d%s: %s; lower the learning rate, clip harder, or look at this step's batch"
            .formatted(step, after, describe(bad)),
        step,
        bad.name(),
        measure.nonFinite());
  }
}
