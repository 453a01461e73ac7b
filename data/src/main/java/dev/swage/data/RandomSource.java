package dev.swage.data;

import dev.swage.files.Sha256;
import dev.swage.tensor.DType;
import dev.swage.tensor.HeapMemory;
import dev.swage.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongFunction;

/**
 * Unlabelled noise, or pictures like photographs, for models of one or several inputs: {@code
 * random:1x3x224x224,1x10} names each input's shape as the model has it, batch axis first, for one
 * sample. Where one of them does not begin with 1, as the state {@code 2x1x128} of a recurrent
 * model or an input without a batch axis, samples are taken one at a time, in these shapes whole.
 *
 * @param types of the inputs, as a model wants them
 */
record RandomSource(String name, int size, List<RandomInput> inputs, List<DType> types)
    implements DataSource {
  private static final int SIZE = 100;
  private static final long MOST_ELEMENTS = 1 << 28;

  static DataSource open(String path, Options options) {
    int size = options.count("n", 1).orElse(SIZE);
    RandomKind kind = options.choice("dist", RandomKind.class).orElse(RandomKind.NORMAL);
    long seed = SeededRandom.derive(options.seed(), options.split().orElse(Split.TRAIN).part());
    List<Shape> shapes =
        Arrays.stream(path.split(",", -1)).map(text -> shape(text, options)).toList();
    boolean batchAxis = shapes.stream().allMatch(shape -> shape.dim(0) == 1);
    List<RandomInput> inputs = new ArrayList<>();
    for (Shape shape : shapes) {
      int index = inputs.size();
      RandomInput input =
          new RandomInput(
              size,
              batchAxis ? withoutFirst(shape) : shape,
              kind,
              RandomBounds.of(options, index, shapes.size()),
              SeededRandom.derive(seed, index),
              options);
      input.require();
      inputs.add(input);
    }
    return new RandomSource(
        options.name(),
        size,
        List.copyOf(inputs),
        Collections.nCopies(inputs.size(), DType.FLOAT32));
  }

  private static Shape shape(String text, Options options) {
    try {
      long[] dims = Arrays.stream(text.split("x", -1)).mapToLong(Long::parseLong).toArray();
      Shape shape = Shape.of(dims);
      if (shape.dim(0) > 0 && shape.elements() <= MOST_ELEMENTS) {
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
    return "%s: '%s' is not the shape of one sample: write dimensions joined by x, the first of them"
            .formatted(options.name(), text)
        + " from 1, such as 1x3x224x224; inputs are separated by commas";
  }

  @Override
  public List<Shape> inputShapes() {
    return inputs.stream().map(RandomInput::shape).toList();
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
  public DataSource as(List<Optional<DType>> wanted) {
    List<DType> chosen = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      DType dtype = wanted.get(i).orElse(DType.FLOAT32);
      RandomInput input = inputs.get(i);
      input.rows(dtype);
      chosen.add(dtype);
    }
    boolean floats = chosen.stream().allMatch(DType::isFloat);
    boolean bounded =
        inputs.stream()
            .anyMatch(input -> input.bounds().given() && input.kind() != RandomKind.UNIFORM);
    if (floats && bounded) {
      throw new DataException(
          name
              + ": low and high are bounds of integers, and of floats with dist=uniform; the model"
              + " wants floats");
    }
    return new RandomSource(name, size, inputs, List.copyOf(chosen));
  }

  /** Bounds of integers change no float. */
  @Override
  public String hash() {
    String floats = ContentHash.of(new RandomSource(name, size, inputs, floats()));
    List<RandomBounds> bounds = inputs.stream().map(RandomInput::bounds).toList();
    return bounds.stream().anyMatch(RandomBounds::given)
        ? Sha256.of(floats + " " + bounds)
        : floats;
  }

  private List<DType> floats() {
    return Collections.nCopies(inputs.size(), DType.FLOAT32);
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
    List<Rows> rows = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      rows.add(inputs.get(i).rows(types.get(i)));
    }
    return new Batch(MemorySource.stack(rows, size, memory, indices), Optional.empty());
  }
}
