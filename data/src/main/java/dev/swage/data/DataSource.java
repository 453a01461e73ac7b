package dev.swage.data;

import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Samples that can be read by index in any order, from any thread. Sources are values: reading
 * sample i gives the same sample every time.
 */
public interface DataSource {
  /**
   * Opens data by its one-line {@link DataSpec}, relative paths taken from the folder {@code
   * $SWAGE_DATA} names, else from the current one.
   *
   * @throws DataException if the data cannot be found, read or used
   */
  static DataSource open(String spec) {
    return open(spec, DataFolder.choose(Optional.empty(), System.getenv()));
  }

  /**
   * Complains of what is wrong with a spec, whatever is in its files.
   *
   * @throws DataException as {@link #open(String)} would
   */
  static void check(String spec) {
    Opener.check(DataSpec.parse(spec));
  }

  /** Opens data by its one-line {@link DataSpec}, relative paths taken from {@code folder}. */
  static DataSource open(String spec, Path folder) {
    return open(DataSpec.parse(spec), folder);
  }

  /**
   * Opens data to train on, relative paths taken from {@code folder}: columns and classes are what
   * the file holds. Rows of a table are as in the file also with {@code standardize=true}: the
   * statistics are in the {@link #schema}, and training makes them a part of the model.
   */
  static DataSource open(DataSpec spec, Path folder) {
    return Opener.open(spec, folder, Optional.empty());
  }

  /**
   * Opens data for a model: columns and classes are the model's, by their names, whatever the file
   * holds, and missing values become the means that the model knows. {@link DataSchema#NONE} stands
   * for a model that knows nothing of its data.
   *
   * @param model what the model knows: {@link DataSchema#of} it, or {@link #schema} of the data it
   *     is trained on
   * @throws DataException if the data cannot be found, read or used, or holds a class or lacks a
   *     column of the model's
   */
  static DataSource open(DataSpec spec, Path folder, DataSchema model) {
    return Opener.open(spec, folder, Optional.of(model));
  }

  /** Opens data for a model by its one-line {@link DataSpec}. */
  static DataSource open(String spec, Path folder, DataSchema model) {
    return open(DataSpec.parse(spec), folder, model);
  }

  /**
   * Samples in memory.
   *
   * @param inputs {@code [n, …]}, not copied
   * @param targets int64 {@code [n]}, class indices, of which the largest says how many classes
   *     there are; or float32 {@code [n, …]} values; not copied
   * @throws DataException if there are no samples, the counts differ, a class index is negative, or
   *     targets are of another type
   */
  static DataSource of(Tensor inputs, Tensor targets) {
    return MemorySource.of(inputs, targets);
  }

  /**
   * Samples of one row each, with the indices of their classes.
   *
   * @throws DataException if there are no samples, rows differ in length, counts differ, or a label
   *     is negative
   */
  static DataSource of(float[][] rows, int[] labels) {
    return MemorySource.of(rows, labels);
  }

  /** The spec this source was opened from, or in words what it was made of. */
  String name();

  /** Number of samples. */
  int size();

  /**
   * Shape of one sample of each input, without the batch axis; of the first sample as it is stored
   * when samples cannot be stacked.
   */
  List<Shape> inputShapes();

  /**
   * Names of the inputs in the order of {@link #inputShapes}, when the data names them: they are
   * then matched with a model's inputs by name. Empty when the order alone says which is which.
   */
  default List<String> inputNames() {
    return List.of();
  }

  /**
   * The same data with inputs of the element types that a model wants, where the data can be of any
   * type, as noise can. Other data stay as they are.
   *
   * @param types one for each of {@link #inputShapes}; empty where the model does not say
   * @throws DataException if noise of such a type cannot be made, or not in the bounds asked for
   */
  default DataSource as(List<Optional<DType>> types) {
    return this;
  }

  /**
   * The same data as the inputs of a model want it, where the data can be given in several ways:
   * encoded texts give the inputs that a model names, in its order and types, and in its length
   * where that is fixed. Other data stay as they are.
   *
   * @param wanted the inputs that data are to give
   * @throws DataException for an input that such data cannot give
   */
  default DataSource forInputs(List<ValueInfo> wanted) {
    return this;
  }

  /**
   * How large a model's table of tokens must be, and how long the longest text is. Empty for data
   * without encoded texts.
   */
  default Optional<TokenLimits> tokenLimits() {
    return Optional.empty();
  }

  /** Number of classes when targets are class indices; empty when they are values or absent. */
  OptionalInt classes();

  /**
   * Names of the classes in the order of their indices: their numbers, unless the data names them.
   */
  default List<String> classNames() {
    return Targets.numbered(classes().orElse(0));
  }

  /**
   * What the data means: of data to train on what a model has to know, of data that was opened for
   * a model what that model knows. {@link DataSchema#NONE} of data that needs no names.
   */
  default DataSchema schema() {
    return DataSchema.NONE;
  }

  /**
   * Whether the inputs are noise that stands for no real data: what a model does on them says
   * little of what it does on data.
   */
  default boolean isNoise() {
    return false;
  }

  /** How many samples one batch may hold; 1 when samples cannot be stacked. */
  default int largestBatch() {
    return Integer.MAX_VALUE;
  }

  /**
   * Whether samples differ in length, so that those of a batch are filled up to the longest. What a
   * model says of a sample may depend on that; alone, a sample is as long as it is.
   */
  default boolean padsBatches() {
    return false;
  }

  /**
   * Number of parallel streams the samples are cut from, for sequences longer than a sample: sample
   * i continues sample i − streams, so that a batch of as many samples, in order, continues the
   * batch before. Empty when every sample stands alone.
   */
  default OptionalInt streams() {
    return OptionalInt.empty();
  }

  /**
   * What the numbers of a text stand for; their words are {@link #classNames}. Empty for other
   * data.
   */
  default Optional<TextUnit> textUnit() {
    return Optional.empty();
  }

  /**
   * The samples at these indices, stacked in this order, in memory of their own.
   *
   * @throws IndexOutOfBoundsException for an index outside [0, size)
   */
  Batch batch(int... indices);

  /**
   * The same with the inputs in the arena's memory where this source can put them there, so that
   * many batches leave no garbage; they die with the arena then.
   */
  default Batch batch(Arena arena, int... indices) {
    return batch(indices);
  }

  /**
   * The samples as training reads them in an epoch, counted from 0: pictures may be mirrored, moved
   * or cut, in another way in each epoch, always the same for the same seed, epoch and sample.
   * Itself where samples do not vary.
   */
  default DataSource inEpoch(int epoch) {
    return this;
  }

  /** How samples vary from epoch to epoch, which is a part of the {@link #hash}; empty if not. */
  default String variation() {
    return "";
  }

  /**
   * SHA-256 over the types, shapes and bytes of all samples and targets, in hex: goes into a
   * model's provenance. Does not depend on where the data lies. Costs one pass over the data.
   */
  default String hash() {
    return ContentHash.of(this);
  }

  /** The first {@code count} samples, or all when there are fewer. */
  default DataSource limit(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("limit must be at least 1, got " + count);
    }
    return count >= size()
        ? this
        : new Selection(name() + ", first " + count, this, IntStream.range(0, count).toArray());
  }
}
