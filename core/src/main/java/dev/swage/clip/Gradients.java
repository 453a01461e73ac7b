package dev.swage.clip;

import dev.swage.kernel.GradientEdit;
import dev.swage.kernel.Updates;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of one optimizer step, in the parameters' fixed order. Nothing is copied: entries
 * view the float32 memory where the gradients were computed, and are read there at every call.
 *
 * <p>A view may carry what earlier stages of a chain decided: it is measured as these leave the
 * gradients, while the memory stays as it is.
 */
public final class Gradients {
  private final List<Entry> entries;
  private final List<GradientEdit> edits;
  private final @Nullable GradientMeasure measure;

  private Gradients(
      List<Entry> entries, List<GradientEdit> edits, @Nullable GradientMeasure measure) {
    this.entries = entries;
    this.edits = edits;
    this.measure = measure;
  }

  public static Gradients of(List<Entry> entries) {
    return new Gradients(
        List.copyOf(entries), Collections.nCopies(entries.size(), GradientEdit.NONE), null);
  }

  /** Norms and non-finite elements; reads the gradients unless these are {@link #measured()}. */
  public GradientMeasure measure() {
    return measure == null ? GradientMeasure.of(this, NormOrder.L2) : measure;
  }

  /**
   * These gradients together with their measure, so that several clippers of one decision read them
   * once. Good for that decision only: what changes in memory later is not seen.
   */
  public Gradients measured() {
    return measure == null ? measured(NormOrder.L2) : this;
  }

  /** As {@link #measured()}, with what the norm of this order needs, in the same read. */
  public Gradients measured(NormOrder order) {
    return measure != null && measure.covers(order)
        ? this
        : new Gradients(entries, edits, GradientMeasure.of(this, order));
  }

  /** The measure if it has the sums by unit that this clipper needs. */
  Optional<GradientMeasure> measuredBy(GradientClipper clipper) {
    return Optional.ofNullable(measure).filter(m -> m.units(clipper).isPresent());
  }

  /** These gradients with another measure of them. */
  Gradients with(GradientMeasure other) {
    return new Gradients(entries, edits, other);
  }

  /**
   * What a decision leaves of these gradients. Their norms follow by arithmetic from those already
   * measured if all it does is scale; else they are measured when asked for.
   */
  Gradients after(ClipDecision decision) {
    List<GradientEdit> then = decision.edits(size());
    List<GradientEdit> both = new ArrayList<>(size());
    for (int i = 0; i < size(); i++) {
      both.add(edits.get(i).then(then.get(i)));
    }
    return new Gradients(entries, both, measure == null ? null : measure.after(decision, size()));
  }

  /** Some of these gradients, in this order. */
  Gradients subset(int[] indices) {
    return new Gradients(
        IntStream.of(indices).mapToObj(entries::get).toList(),
        IntStream.of(indices).mapToObj(edits::get).toList(),
        measure == null ? null : measure.subset(indices));
  }

  /** What is done to each gradient before it is measured. */
  List<GradientEdit> edits() {
    return edits;
  }

  /** What is known of every parameter, in order. */
  List<ParameterInfo> parameters() {
    return entries.stream().map(Entry::parameter).toList();
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
    List<GradientEdit> decided = decision.edits(size());
    for (int i = 0; i < decided.size(); i++) {
      GradientEdit edit = decided.get(i);
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
            String.format(
                Locale.ROOT,
                "%s of %s: shape %s needs %d bytes, got %d",
                what,
                parameter.name(),
                parameter.shape(),
                expected,
                memory.byteSize()));
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
