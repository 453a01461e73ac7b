package dev.swage.data;

import dev.swage.data.RandomRows.Distribution;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongFunction;

/**
 * Unlabelled noise, or pictures like photographs, for models of one or several inputs: {@code
 * random:1x3x224x224,1x10} names each input's shape as the model has it, batch axis first, for one
 * sample. Where another than the first does not begin with 1, as the state {@code 2x1x128} of a
 * recurrent model, samples are taken one at a time, in these shapes whole.
 */
record RandomSource(String name, int size, List<Rows> inputs) implements DataSource {
  private static final int SIZE = 100;
  private static final long MOST_ELEMENTS = 1 << 28;

  static DataSource open(String path, Options options) {
    int size = options.count("n", 1).orElse(SIZE);
    Kind kind = options.choice("dist", Kind.class).orElse(Kind.NORMAL);
    long seed = SeededRandom.derive(options.seed(), options.split().orElse(Split.TRAIN).part());
    List<Shape> shapes =
        Arrays.stream(path.split(",", -1)).map(text -> shape(text, options)).toList();
    if (shapes.getFirst().dim(0) != 1) {
      throw new DataException(wrongShape(path.split(",", -1)[0], options));
    }
    boolean batchAxis = shapes.stream().allMatch(shape -> shape.dim(0) == 1);
    List<Rows> inputs = new ArrayList<>();
    for (Shape shape : shapes) {
      long inputSeed = SeededRandom.derive(seed, inputs.size());
      Shape sample = batchAxis ? withoutFirst(shape) : shape;
      inputs.add(rows(kind, size, sample, inputSeed, options));
    }
    return new RandomSource(options.name(), size, List.copyOf(inputs));
  }

  private enum Kind {
    NORMAL,
    UNIFORM,
    PHOTO
  }

  private static Rows rows(Kind kind, int size, Shape sample, long seed, Options options) {
    Scaling scaling = Scaling.of(options, kind == Kind.PHOTO ? PhotoRows.SCALE : 1, sample);
    return switch (kind) {
      case NORMAL -> new RandomRows(size, sample, Distribution.NORMAL, scaling, seed);
      case UNIFORM -> new RandomRows(size, sample, Distribution.UNIFORM, scaling, seed);
      case PHOTO -> {
        if (sample.rank() != 3) {
          throw options.wrong(
              "dist",
              "normal or uniform for %s: photos are 1xCHANNELSxHEIGHTxWIDTH".formatted(sample));
        }
        yield new PhotoRows(size, sample, scaling, seed);
      }
    };
  }

  private static Shape shape(String text, Options options) {
    try {
      long[] dims = Arrays.stream(text.split("x", -1)).mapToLong(Long::parseLong).toArray();
      Shape shape = Shape.of(dims);
      if (shape.elements() > 0 && shape.elements() <= MOST_ELEMENTS) {
        return shape;
      }
    } catch (IllegalArgumentException e) {
      throw new DataException(wrongShape(text, options), e);
    }
    throw new DataException(wrongShape(text, options));
  }

  private static Shape withoutFirst(Shape shape) {
    long[] dims = shape.toArray();
    return Shape.of(Arrays.copyOfRange(dims, 1, dims.length));
  }

  private static String wrongShape(String text, Options options) {
    return "%s: '%s' is not the shape of one sample: write dimensions from 1 joined by x, the first"
            .formatted(options.name(), text)
        + " of them 1 for the batch axis, such as 1x3x224x224; inputs are separated by commas";
  }

  @Override
  public List<Shape> inputShapes() {
    return inputs.stream().map(Rows::shape).toList();
  }

  @Override
  public OptionalInt classes() {
    return OptionalInt.empty();
  }

  @Override
  public boolean isNoise() {
    return true;
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
    return new Batch(MemorySource.stack(inputs, size, memory, indices), Optional.empty());
  }
}
