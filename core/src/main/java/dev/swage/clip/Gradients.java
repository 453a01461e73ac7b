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
   * @param name the parameter's name
   * @param layer the layer the parameter belongs to; parameters of one layer are clipped together
   *     by layer-scoped clippers
   * @param shape the parameter's shape
   * @param data float32, little-endian, contiguous
   */
  public record Entry(String name, String layer, Shape shape, MemorySegment data) {
    public Entry {
      if (data.byteSize() != DType.FLOAT32.bytes(shape.elements())) {
        throw new IllegalArgumentException(
            "gradient of %s: shape %s needs %d bytes, got %d"
                .formatted(name, shape, DType.FLOAT32.bytes(shape.elements()), data.byteSize()));
      }
    }
  }
}
