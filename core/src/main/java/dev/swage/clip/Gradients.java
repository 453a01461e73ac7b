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
 * view the float32 memory where the gradients were computed.
 *
 * <p>An object of this class stands for one step only, even when the next step's gradients lie in
 * the same memory: what was measured is kept. Not thread-safe.
 */
public final class Gradients {
  private final List<Entry> entries;
  private @Nullable GradientMeasure measure;

  private Gradients(List<Entry> entries) {
    this.entries = entries;
  }

  public static Gradients of(List<Entry> entries) {
    return new Gradients(List.copyOf(entries));
  }

  /** Norms and non-finite elements; reads the gradients at the first call only. */
  public GradientMeasure measure() {
    if (measure == null) {
      measure = GradientMeasure.of(this);
    }
    return measure;
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
    measure = null;
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
