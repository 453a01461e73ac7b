package dev.swage.clip;

import dev.swage.kernel.GradientEdit;
import dev.swage.kernel.Updates;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of one optimizer step, in the parameters' fixed order. Nothing is copied: entries
 * view the float32 memory where the gradients were computed, and are read there at every call.
 */
public final class Gradients {
  private final List<Entry> entries;
  private final @Nullable GradientMeasure measure;

  private Gradients(List<Entry> entries, @Nullable GradientMeasure measure) {
    this.entries = entries;
    this.measure = measure;
  }

  public static Gradients of(List<Entry> entries) {
    return new Gradients(List.copyOf(entries), null);
  }

  /** Norms and non-finite elements; reads the gradients unless these are {@link #measured()}. */
  public GradientMeasure measure() {
    return measure == null ? GradientMeasure.of(this) : measure;
  }

  /**
   * These gradients together with their measure, so that several clippers of one decision read them
   * once. Good for that decision only: what changes in memory later is not seen.
   */
  public Gradients measured() {
    return measure == null ? new Gradients(entries, GradientMeasure.of(this)) : this;
  }

  /** The memory of every entry, in order. */
  public List<MemorySegment> memory() {
    return entries.stream().map(Entry::data).toList();
  }

  /**
   * Clips in place what would otherwise be clipped while updating: for optimizers that do not take
   * a decision themselves. A skipped step changes nothing.
   *
   * @throws IllegalArgumentException if the decision is for another number of tensors
   */
  public void apply(ClipDecision decision) {
    List<GradientEdit> edits = decision.edits(size());
    for (int i = 0; i < edits.size(); i++) {
      GradientEdit edit = edits.get(i);
      if (!edit.equals(GradientEdit.NONE)) {
        Updates.edit(entries.get(i).data(), edit);
      }
    }
  }

  public int size() {
    return entries.size();
  }

  public Entry get(int index) {
    return entries.get(index);
  }

  public List<Entry> entries() {
    return entries;
  }

  /**
   * One parameter's gradient.
   *
   * @param parameter what is known of the parameter
   * @param data float32, little-endian, contiguous
   * @param weight the parameter's own memory, as it is before the update; likewise
   */
  public record Entry(ParameterInfo parameter, MemorySegment data, MemorySegment weight) {
    public Entry {
      requireSize("gradient", parameter, data);
      requireSize("memory", parameter, weight);
    }

    private static void requireSize(String what, ParameterInfo parameter, MemorySegment memory) {
      long expected = DType.FLOAT32.bytes(parameter.shape().elements());
      if (memory.byteSize() != expected) {
        throw new IllegalArgumentException(
            "%s of %s: shape %s needs %d bytes, got %d"
                .formatted(what, parameter.name(), parameter.shape(), expected, memory.byteSize()));
      }
    }

    public String name() {
      return parameter.name();
    }

    public String layer() {
      return parameter.layer();
    }

    public Shape shape() {
      return parameter.shape();
    }
  }
}
