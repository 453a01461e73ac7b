package dev.swage.kernel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Optimizer steps in one pass: gradient edit, weight decay and update together, so that each byte
 * of parameter and state is read once and written once and each byte of gradient is read once.
 *
 * <p>Elements are independent: the result is the same bits on any number of threads, and with and
 * without vectors. All cores work from 131,072 elements in total, the caller's thread below that.
 */
public final class Updates {
  private static final boolean VECTORS = Simd.available();

  private Updates() {}

  /**
   * Applies one step of a rule to every target.
   *
   * @throws IllegalArgumentException if a target has not as many states as the rule needs, or is to
   *     have spikes limited by a rule without second moments
   */
  public static void apply(UpdateRule rule, List<UpdateTarget> targets) {
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
    Chunks.of(parameters)
        .forEach((chunk, tensor, first, count) ->
            applyToChunk(rule, targets.get(tensor), first * Float.BYTES, count));
  }

  private static void applyToChunk(UpdateRule rule, UpdateTarget target, long at, int count) {
    long bytes = (long) count * Float.BYTES;
    MemorySegment p = target.parameter().asSlice(at, bytes);
    float spikes = Float.POSITIVE_INFINITY;
    GradientEdit before = target.edit();
    if (before instanceof GradientEdit.LimitSpikes limit) {
      spikes = limit.factor();
      before = limit.before();
    }
    MemorySegment g;
    GradientEdit.Elementwise edit;
    if (before instanceof GradientEdit.Elementwise elementwise) {
      g = target.gradient().asSlice(at, bytes);
      edit = elementwise;
    } else {
      g = Scratch.edited(target.gradient(), before, at / Float.BYTES, count);
      edit = (GradientEdit.Elementwise) GradientEdit.NONE;
    }
    switch (rule) {
      case UpdateRule.PlainSgd sgd -> {
        if (VECTORS) {
          VectorUpdates.sgd(sgd, edit, p, g, count);
        } else {
          ScalarUpdates.sgd(sgd, edit, p, g, count);
        }
      }
      case UpdateRule.MomentumSgd sgd -> {
        MemorySegment b = target.states().get(0).asSlice(at, bytes);
        if (VECTORS) {
          VectorUpdates.momentum(sgd, edit, p, g, b, count);
        } else {
          ScalarUpdates.momentum(sgd, edit, p, g, b, count);
        }
      }
      case UpdateRule.Adam adam -> {
        MemorySegment m = target.states().get(0).asSlice(at, bytes);
        MemorySegment v = target.states().get(1).asSlice(at, bytes);
        if (VECTORS) {
          VectorUpdates.adam(adam, spikes, edit, p, g, m, v, count);
        } else {
          ScalarUpdates.adam(adam, spikes, edit, p, g, m, v, count);
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
