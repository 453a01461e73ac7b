package dev.swage.clip;

import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The gradients of one optimizer step, in the parameters' fixed order. Nothing is copied: entries
 * view the float32 memory where the gradients were computed, and are valid for that step only.
 */
public final class Gradients {
  private final List<Entry> entries;

  private Gradients(List<Entry> entries) {
    this.entries = entries;
  }

  public static Gradients of(List<Entry> entries) {
    return new Gradients(List.copyOf(entries));
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
