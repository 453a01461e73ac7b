package dev.swage.clip;

import dev.swage.kernel.GradientEdit;
import dev.swage.kernel.Updates;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Keeps gradients that are not finite from the clipper inside, as the policy says. The clipper
 * inside decides (and learns) only from steps that are taken.
 */
final class NonFiniteGuard implements GradientClipper {
  private static final String SKIPPED = "skipped-in-a-row";
  private static final String INNER = "clipper";

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

  GradientClipper inner() {
    return inner;
  }

  NonFinitePolicy policy() {
    return policy;
  }

  @Override
  public String describe() {
    return String.format(
        Locale.ROOT, "%s; non-finite gradients: %s", inner.describe(), policyInWords());
  }

  private String policyInWords() {
    return switch (policy) {
      case NonFinitePolicy.Throw _ -> "throw";
      case NonFinitePolicy.SkipStep skip ->
          String.format(Locale.ROOT, "skip at most %d steps in a row", skip.maxConsecutive());
      case NonFinitePolicy.Zero _ -> "count as zero";
      case NonFinitePolicy.Pass _ -> "pass";
    };
  }

  @Override
  public Gradients read(Gradients gradients) {
    return inner.read(gradients);
  }

  @Override
  public void check(List<ParameterInfo> parameters, boolean secondMoments) {
    inner.check(parameters, secondMoments);
  }

  @Override
  public Map<String, double[]> state() {
    Map<String, double[]> state = new LinkedHashMap<>();
    state.put(SKIPPED, new double[] {consecutive});
    state.putAll(ClipState.nested(INNER, inner.state()));
    return state;
  }

  @Override
  public void restore(Map<String, double[]> state) {
    int skipped = Math.toIntExact(ClipState.of(state, describe()).count(SKIPPED));
    Map<String, double[]> rest = new LinkedHashMap<>(state);
    rest.remove(SKIPPED);
    ClipState.restoreNested(rest, Map.of(INNER, inner), describe());
    consecutive = skipped;
  }

  @Override
  public void reset() {
    consecutive = 0;
    inner.reset();
  }

  @Override
  public ClipDecision decide(Gradients unread, ClipStep step) {
    Gradients gradients = inner.read(unread);
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
        yield new ClipDecision.Skip(describe(bad), ClipRecord.of(step, "skip", measure));
      }
    };
  }

  /** Rare, so it may cost a copy of the tensors concerned: then any clipper can decide on them. */
  private ClipDecision decideWithZeros(Gradients gradients, ClipStep step) {
    GradientMeasure measure = gradients.measure();
    try (Arena arena = Arena.ofShared()) {
      List<Gradients.Entry> cleaned =
          IntStream.range(0, gradients.size())
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
    return new Gradients.Entry(entry.parameter(), copy, entry.weight());
  }

  private static String describe(GradientMeasure.BadParameter bad) {
    return String.format(
        Locale.ROOT,
        "gradient of %s has %d NaN or infinite elements of %d, the first at index %d",
        bad.name(),
        bad.count(),
        bad.elements(),
        bad.firstIndex());
  }

  private static NonFiniteGradientException failure(
      ClipStep step, GradientMeasure measure, GradientMeasure.BadParameter bad, String after) {
    return new NonFiniteGradientException(
        String.format(
            Locale.ROOT,
            "step %d%s: %s; lower the learning rate, clip harder, or look at this step's batch",
            step.number(),
            after,
            describe(bad)),
        step.number(),
        bad.name(),
        measure.nonFinite());
  }
}
