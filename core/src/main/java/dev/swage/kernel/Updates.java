package dev.swage.kernel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Optimizer steps in one pass: gradient edit, weight decay, update and limit together, so that each
 * byte of parameter and state is read once and written once and each byte of gradient is read once.
 *
 * <p>Elements are independent: the result is the same bits on any number of threads, and with and
 * without vectors. All cores work from 131,072 elements in total, the caller's thread below that.
 */
public final class Updates {
  private static final boolean VECTORS = Simd.available();

  /** Elements that stay in the first cache while something is done to them apart: 16 KiB. */
  private static final int NEAR = 1 << 12;

  /** Elements that are measured at a time: in the second cache with their gradient and state. */
  private static final int MEASURED = 1 << 14;

  /** Elements of a run worth a call of its own. */
  private static final int LONG_RUN = 32;

  private Updates() {}

  /**
   * Applies one step of a rule to every target.
   *
   * @throws IllegalArgumentException if a target has not as many states as the rule needs, or is to
   *     have spikes limited by a rule without second moments
   */
  public static void apply(UpdateRule rule, List<UpdateTarget> targets) {
    check(rule, targets)
        .forEach(
            (chunk, tensor, first, count) -> applyToChunk(rule, targets.get(tensor), first, count));
  }

  /**
   * As {@link #apply}, to the same bits, and tells by how much. Costs half as much again and more:
   * what the parameters were is kept a little at a time, in cache, and read once more afterwards.
   */
  public static Change applyAndMeasure(UpdateRule rule, List<UpdateTarget> targets) {
    Chunks chunks = check(rule, targets);
    double[] weights = new double[chunks.count()];
    double[] moves = new double[chunks.count()];
    chunks.forEach((chunk, tensor, first, count) -> {
      UpdateTarget target = targets.get(tensor);
      for (int done = 0; done < count; done += MEASURED) {
        long at = first + done;
        int some = Math.min(MEASURED, count - done);
        MemorySegment after = slice(target.parameter(), at, some);
        MemorySegment before = Scratch.copy(after);
        weights[chunk] += Reductions.squaresOfBlock(before, some);
        applyToChunk(rule, target, at, some);
        difference(after, before, some);
        moves[chunk] += Reductions.squaresOfBlock(before, some);
      }
    });
    return new Change(Reductions.sum(weights), Reductions.sum(moves));
  }

  /**
   * What a step did to all parameters together.
   *
   * @param weights Σ p² before it
   * @param moves Σ (p′ − p)², the differences rounded to float32
   */
  public record Change(double weights, double moves) {}

  /** {@code b ← a − b}. */
  private static void difference(MemorySegment a, MemorySegment b, int count) {
    if (VECTORS) {
      VectorUpdates.difference(a, b, count);
    } else {
      ScalarUpdates.difference(a, b, 0, count);
    }
  }

  private static Chunks check(UpdateRule rule, List<UpdateTarget> targets) {
    List<MemorySegment> parameters = new ArrayList<>(targets.size());
    for (UpdateTarget target : targets) {
      if (target.states().size() != rule.states()) {
        throw new IllegalArgumentException(
            "%s needs %d state tensors per parameter, got %d"
                .formatted(rule.getClass().getSimpleName(), rule.states(), target.states().size()));
      }
      if (target.edit() instanceof GradientEdit.LimitSpikes && !(rule instanceof UpdateRule.Adam)) {
        throw new IllegalArgumentException(
            "limiting spikes needs Adam's second moment, %s has none"
                .formatted(rule.getClass().getSimpleName()));
      }
      parameters.add(target.parameter());
    }
    return Chunks.of(parameters);
  }

  /** Some elements of a target: memory of theirs only. */
  private record Part(
      UpdateRule rule,
      float spikes,
      float limit,
      MemorySegment parameter,
      MemorySegment gradient,
      List<MemorySegment> states) {
    static Part of(
        UpdateRule rule,
        float spikes,
        UpdateTarget target,
        MemorySegment g,
        long first,
        int count) {
      return new Part(
          rule,
          spikes,
          target.limit(),
          slice(target.parameter(), first, count),
          g,
          target.states().stream().map(state -> slice(state, first, count)).toList());
    }
  }

  private static MemorySegment slice(MemorySegment tensor, long first, int count) {
    return tensor.asSlice(first * Float.BYTES, (long) count * Float.BYTES);
  }

  private static void applyToChunk(UpdateRule rule, UpdateTarget target, long first, int count) {
    float spikes = Float.POSITIVE_INFINITY;
    GradientEdit edit = target.edit();
    if (edit instanceof GradientEdit.LimitSpikes limit) {
      spikes = limit.factor();
      edit = limit.before();
    }
    MemorySegment g = slice(target.gradient(), first, count);
    switch (edit) {
      case GradientEdit.Elementwise all ->
          apply(all, Part.of(rule, spikes, target, g, first, count), 0, count);
      case GradientEdit.PerUnit units when units.inner() >= LONG_RUN ->
          applyToRuns(units, Part.of(rule, spikes, target, g, first, count), first, count);
      default -> {
        for (int done = 0; done < count; done += NEAR) {
          long at = first + done;
          int some = Math.min(NEAR, count - done);
          MemorySegment edited = Scratch.edited(target.gradient(), edit, at, some);
          apply(
              (GradientEdit.Elementwise) GradientEdit.NONE,
              Part.of(rule, spikes, target, edited, at, some),
              0,
              some);
        }
      }
    }
  }

  /** Each run with its coefficient: no gradient has to be edited apart. */
  private static void applyToRuns(GradientEdit.PerUnit units, Part part, long first, int count) {
    float[] coefficients = units.coefficients();
    int unit = (int) (first / units.inner() % coefficients.length);
    long end = units.inner() - first % units.inner();
    int at = 0;
    while (at < count) {
      int to = (int) Math.min(count, end);
      apply((GradientEdit.Elementwise) GradientEdit.scale(coefficients[unit]), part, at, to);
      at = to;
      end += units.inner();
      unit = unit + 1 == coefficients.length ? 0 : unit + 1;
    }
  }

  private static void apply(GradientEdit.Elementwise edit, Part part, int from, int to) {
    MemorySegment p = part.parameter();
    MemorySegment g = part.gradient();
    switch (part.rule()) {
      case UpdateRule.PlainSgd sgd -> {
        if (VECTORS) {
          VectorUpdates.sgd(sgd, part.limit(), edit, p, g, from, to);
        } else {
          ScalarUpdates.sgd(sgd, part.limit(), edit, p, g, from, to);
        }
      }
      case UpdateRule.MomentumSgd sgd -> {
        MemorySegment b = part.states().get(0);
        if (VECTORS) {
          VectorUpdates.momentum(sgd, part.limit(), edit, p, g, b, from, to);
        } else {
          ScalarUpdates.momentum(sgd, part.limit(), edit, p, g, b, from, to);
        }
      }
      case UpdateRule.Adam adam -> {
        MemorySegment m = part.states().get(0);
        MemorySegment v = part.states().get(1);
        if (VECTORS) {
          VectorUpdates.adam(adam, part.limit(), part.spikes(), edit, p, g, m, v, from, to);
        } else {
          ScalarUpdates.adam(adam, part.limit(), part.spikes(), edit, p, g, m, v, from, to);
        }
      }
    }
  }

  /**
   * Edits the elements of a tensor in place.
   *
   * @throws IllegalArgumentException for {@link GradientEdit.LimitSpikes}
   */
  public static void edit(MemorySegment tensor, GradientEdit edit) {
    Chunks.of(List.of(tensor))
        .forEach((chunk, t, first, count) -> {
          long bytes = (long) count * Float.BYTES;
          MemorySegment slice = tensor.asSlice(first * Float.BYTES, bytes);
          Scratch.apply(edit, slice, first, count);
        });
  }
}
