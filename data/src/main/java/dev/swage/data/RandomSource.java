package dev.swage.data;

import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Unlabelled noise for models of one or several inputs: {@code random:1x3x224x224,1x10} names each
 * input's shape as the model has it, batch axis first, for one sample.
 */
record RandomSource(String name, int size, List<RandomRows> inputs) implements DataSource {
  private static final int SIZE = 100;
  private static final long MOST_ELEMENTS = 1 << 28;

  static DataSource open(String path, Options options) {
    int size = options.count("n", 1).orElse(SIZE);
    RandomRows.Distribution distribution =
        options
            .choice("dist", RandomRows.Distribution.class)
            .orElse(RandomRows.Distribution.NORMAL);
    long seed = SeededRandom.derive(options.seed(), options.split().orElse(Split.TRAIN).part());
    List<RandomRows> inputs = new ArrayList<>();
    for (String shape : path.split(",", -1)) {
      long inputSeed = SeededRandom.derive(seed, inputs.size());
      inputs.add(new RandomRows(size, sampleShape(shape, options), distribution, inputSeed));
    }
    return new RandomSource(options.name(), size, List.copyOf(inputs));
  }

  private static Shape sampleShape(String text, Options options) {
    try {
      long[] dims = Arrays.stream(text.split("x", -1)).mapToLong(Long::parseLong).toArray();
      Shape shape = Shape.of(dims);
      if (dims[0] == 1 && shape.elements() > 0 && shape.elements() <= MOST_ELEMENTS) {
        return Shape.of(Arrays.copyOfRange(dims, 1, dims.length));
      }
    } catch (IllegalArgumentException e) {
      throw new DataException(wrongShape(text, options), e);
    }
    throw new DataException(wrongShape(text, options));
  }

  private static String wrongShape(String text, Options options) {
    return "%s: '%s' is not the shape of one sample: write dimensions from 1 joined by x, the first"
            .formatted(options.name(), text)
        + " of them 1 for the batch axis, such as 1x3x224x224; inputs are separated by commas";
  }

  @Override
  public List<Shape> inputShapes() {
    return inputs.stream().map(RandomRows::shape).toList();
  }

  @Override
  public OptionalInt classes() {
    return OptionalInt.empty();
  }

  @Override
  public Batch batch(int... indices) {
    for (int index : indices) {
      Objects.checkIndex(index, size);
    }
    List<Tensor> stacked = inputs.stream().map(rows -> MemorySource.stack(rows, indices)).toList();
    return new Batch(stacked, Optional.empty());
  }
}
