package dev.swage.run;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.onnx.ValueInfo;
import dev.swage.run.limit.RunLimits;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Walks a data source in batches a model accepts. Where the model fixes the batch dimension, its
 * size wins and the last batch is filled up with its last sample; axes of size 1 are added or
 * dropped where model and data differ only in those. Where a sample already has the shape an input
 * wants, batch axis and all, as the state of a recurrent model has, samples are run one at a time.
 * Samples that differ in length are run one at a time too, where the model does not fix the batch:
 * padding would be a part of the outputs. Inputs the data names are matched by name. Streams are
 * read in batches of one window of each. States a model carries are not the data's to give: see
 * {@link StateFeed}. Safe for many threads.
 */
public final class SampleFeed {
  private final List<ValueInfo> wanted;
  private final DataSource data;
  private final int[] order;
  private final boolean[] whole;
  private final int batchSize;
  private final boolean fixed;
  private final boolean fixedByModel;

  /**
   * A walk over all samples.
   *
   * @param wantedBatchSize samples to run at once, where model and data allow it
   * @throws RunException if there are no samples, or not the inputs the model wants, in one line
   *     that says which these are
   */
  public SampleFeed(ModelSession session, DataSource data, int wantedBatchSize) {
    if (wantedBatchSize < 1) {
      throw new IllegalArgumentException("batch size must be at least 1, got " + wantedBatchSize);
    }
    if (data.size() == 0) {
      throw new RunException("%s has no samples to run".formatted(data.name()));
    }
    DataSource given = InputMatch.given(session, data);
    this.wanted = InputMatch.wanted(session, given);
    order = InputMatch.order(session.name(), wanted, given);
    this.data = given.as(types());
    whole = new boolean[order.length];
    boolean anyWhole = false;
    for (int i = 0; i < order.length; i++) {
      Shape sample = given.inputShapes().get(order[i]);
      whole[i] = data.largestBatch() > 1 && InputFit.isWhole(wanted.get(i), sample);
      anyWhole |= whole[i];
    }
    int largest = anyWhole || session.runsOneAtATime() ? 1 : data.largestBatch();
    // Samples that cannot be stacked come as stored, with the batch axis the model wants.
    OptionalLong modelSize = largest == 1 ? OptionalLong.empty() : fixedBatch(wanted);
    this.fixed = modelSize.isPresent();
    this.fixedByModel = fixed ? modelSize.getAsLong() != wantedBatchSize : session.runsOneAtATime();
    int most = given.padsBatches() ? 1 : Math.min(wantedBatchSize, largest);
    this.batchSize =
        fixed
            ? requireFew(session, modelSize.getAsLong())
            : data.streams().orElse(Math.min(most, data.size()));
  }

  private int requireFew(ModelSession session, long size) {
    double bytes = 0;
    for (Shape sample : data.inputShapes()) {
      bytes += (double) size * sample.elements() * Float.BYTES;
    }
    long most = RunLimits.current().batchBytes();
    if (size > Integer.MAX_VALUE || bytes > most) {
      throw RunException.limited(
          String.format(
              Locale.ROOT,
              "%s wants %,d samples at once, whose inputs take %,.0f bytes, more than the %,d that they may",
              session.name(),
              size,
              bytes,
              most));
    }
    return (int) size;
  }

  /** For each input of the data the element type that the model wants. */
  private List<Optional<DType>> types() {
    List<Optional<DType>> types =
        new ArrayList<>(Collections.nCopies(order.length, Optional.empty()));
    for (int i = 0; i < order.length; i++) {
      types.set(order[i], wanted.get(i).dtype());
    }
    return types;
  }

  private static OptionalLong fixedBatch(List<ValueInfo> inputs) {
    for (ValueInfo input : inputs) {
      List<ValueInfo.Dim> dims = input.dims().orElse(List.of());
      if (!dims.isEmpty()
          && dims.getFirst() instanceof ValueInfo.Dim.Fixed(long size)
          && size > 0) {
        return OptionalLong.of(size);
      }
    }
    return OptionalLong.empty();
  }

  /** The inputs that the data give, in the order of {@link #inputs}. */
  public List<ValueInfo> wanted() {
    return wanted;
  }

  /** Samples in a batch. */
  public int batchSize() {
    return batchSize;
  }

  /** Whether another number of samples could be run at once: smaller batches than this one. */
  boolean isFree() {
    return !fixed && batchSize > 1 && data.streams().isEmpty();
  }

  /** Whether the model's own batch size replaced the wanted one. */
  public boolean fixedByModel() {
    return fixedByModel;
  }

  /** Samples {@code from … from+batchSize−1}, the last one repeated beyond the end of the data. */
  public Batch batch(int from) {
    return data.batch(indices(from));
  }

  /** The same with the inputs in the arena's memory where the data allow it. */
  public Batch batch(int from, Arena arena) {
    return data.batch(arena, indices(from));
  }

  private int[] indices(int from) {
    int[] indices = new int[fixed ? batchSize : Math.min(batchSize, data.size() - from)];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = Math.min(from + i, data.size() - 1);
    }
    return indices;
  }

  /** How many of the samples in {@code batch(from)} are not repetitions. */
  public int rows(int from) {
    return Math.min(batchSize, data.size() - from);
  }

  /** The batch's inputs in the shapes the model wants. */
  public List<Tensor> inputs(Batch batch) {
    List<Tensor> inputs = new ArrayList<>();
    for (int i = 0; i < wanted.size(); i++) {
      Tensor tensor = batch.inputs().get(order[i]);
      inputs.add(
          whole[i]
              ? InputFit.unstacked(tensor, wanted.get(i))
              : InputFit.stacked(tensor, wanted.get(i)));
    }
    return inputs;
  }
}
