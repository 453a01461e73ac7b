package dev.swage.data;

import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.LongFunction;
import java.util.stream.Collectors;

/**
 * Inputs and their targets, all addressed by sample.
 *
 * @param inputNames in the order of the inputs, or empty
 * @param schema what the data tells, or the model it was opened for
 */
record MemorySource(
    String name, List<String> inputNames, List<Rows> inputs, Targets targets, DataSchema schema)
    implements DataSource {
  MemorySource {
    inputNames = List.copyOf(inputNames);
    inputs = List.copyOf(inputs);
  }

  MemorySource(String name, List<String> inputNames, List<Rows> inputs, Targets targets) {
    this(name, inputNames, inputs, targets, DataSchema.NONE);
  }

  /** One input without a name. */
  MemorySource(String name, Rows rows, Targets targets) {
    this(name, List.of(), List.of(rows), targets);
  }

  MemorySource withSchema(DataSchema known) {
    return new MemorySource(name, inputNames, inputs, targets, known);
  }

  static DataSource of(Tensor inputs, Tensor targets) {
    requireSamples(inputs, targets);
    String name = "arrays " + inputs + " and " + targets;
    return new MemorySource(name, new TensorRows(inputs), Targets.of(targets));
  }

  private static void requireSamples(Tensor inputs, Tensor targets) {
    if (inputs.shape().rank() == 0 || inputs.shape().dim(0) == 0) {
      throw new DataException("inputs are " + inputs + ", expected at least one sample");
    }
    if (targets.shape().rank() == 0 || targets.shape().dim(0) != inputs.shape().dim(0)) {
      throw new DataException(
          "inputs are %s but targets %s: expected one per sample".formatted(inputs, targets));
    }
  }

  static DataSource of(float[][] rows, int[] labels) {
    if (rows.length == 0 || rows.length != labels.length) {
      throw new DataException(
          "%d rows and %d labels: expected as many, and at least one"
              .formatted(rows.length, labels.length));
    }
    int width = rows[0].length;
    float[] values = new float[Math.multiplyExact(rows.length, width)];
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != width) {
        throw new DataException(
            "row %d has %d values, expected %d as in row 0".formatted(i, rows[i].length, width));
      }
      System.arraycopy(rows[i], 0, values, i * width, width);
    }
    long[] indices = Arrays.stream(labels).asLongStream().toArray();
    return of(
        Tensor.ofFloats(Shape.of(rows.length, width), values),
        Tensor.ofLongs(Shape.of(labels.length), indices));
  }

  @Override
  public int size() {
    return inputs.getFirst().size();
  }

  @Override
  public List<Shape> inputShapes() {
    return inputs.stream().map(Rows::shape).toList();
  }

  @Override
  public DataSource inEpoch(int epoch) {
    return variation().isEmpty()
        ? this
        : new MemorySource(
            name,
            inputNames,
            inputs.stream().map(rows -> rows.inEpoch(epoch)).toList(),
            targets,
            schema);
  }

  @Override
  public String variation() {
    return inputs.stream().map(Rows::variation).collect(Collectors.joining());
  }

  @Override
  public OptionalInt classes() {
    int count = classNames().size();
    return count == 0 ? OptionalInt.empty() : OptionalInt.of(count);
  }

  @Override
  public List<String> classNames() {
    return targets.classNames();
  }

  @Override
  public Batch batch(int... indices) {
    return batch(HeapMemory::allocate, indices);
  }

  @Override
  public Batch batch(Arena arena, int... indices) {
    return batch(bytes -> arena.allocate(bytes, Long.BYTES), indices);
  }

  private Batch batch(LongFunction<MemorySegment> memory, int... indices) {
    return new Batch(stack(inputs, size(), memory, indices), targets.at(indices));
  }

  /** The rows of each input at these indices of {@code size}, as one tensor an input. */
  static List<Tensor> stack(
      List<Rows> inputs, int size, LongFunction<MemorySegment> memory, int[] indices) {
    for (int index : indices) {
      Objects.checkIndex(index, size);
    }
    return inputs.stream().map(rows -> stack(rows, memory, indices)).toList();
  }

  /** The rows at these indices as one tensor {@code [indices, …]} on the heap. */
  static Tensor stack(Rows rows, int[] indices) {
    return stack(rows, HeapMemory::allocate, indices);
  }

  /** The rows at these indices as one tensor {@code [indices, …]} in this memory. */
  static Tensor stack(Rows rows, LongFunction<MemorySegment> memory, int[] indices) {
    Shape shape = stackedShape(indices.length, rows.shape());
    MemorySegment data = memory.apply(rows.dtype().bytes(shape.elements()));
    long rowBytes = rows.dtype().bytes(rows.shape().elements());
    for (int i = 0; i < indices.length; i++) {
      rows.read(indices[i], data, i * rowBytes);
    }
    return Tensor.of(rows.dtype(), shape, data);
  }

  static Shape stackedShape(int count, Shape sample) {
    long[] dims = new long[sample.rank() + 1];
    dims[0] = count;
    System.arraycopy(sample.toArray(), 0, dims, 1, sample.rank());
    return Shape.of(dims);
  }
}
