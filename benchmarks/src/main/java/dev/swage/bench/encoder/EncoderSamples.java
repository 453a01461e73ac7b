package dev.swage.bench.encoder;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/**
 * Padded sequences of tokens, the same from the same seed in every process: half to all of the
 * steps are tokens, the mask has zeros for the rest.
 *
 * @param inputs names of the model's inputs, in its order
 * @param size how many sequences there are
 */
record EncoderSamples(List<String> inputs, int size) implements DataSource {
  static final int STEPS = 48;
  static final List<String> INPUTS = List.of("input_ids", "attention_mask", "token_type_ids");

  private static final int FIRST_WORD = 1000;
  private static final int VOCABULARY = 30522;

  EncoderSamples {
    inputs = List.copyOf(inputs);
  }

  @Override
  public String name() {
    return size + " padded sequences of tokens";
  }

  @Override
  public List<Shape> inputShapes() {
    return inputs.stream().map(input -> Shape.of(STEPS)).toList();
  }

  @Override
  public OptionalInt classes() {
    return OptionalInt.of(EncoderModel.CLASSES);
  }

  /** The batch of so many sequences from a number on, which begins again at the end. */
  Batch from(int first, int count) {
    int[] indices = new int[count];
    Arrays.setAll(indices, i -> (first + i) % size);
    return batch(indices);
  }

  @Override
  public Batch batch(int... indices) {
    long[] ids = new long[indices.length * STEPS];
    long[] mask = new long[indices.length * STEPS];
    long[] labels = new long[indices.length];
    for (int i = 0; i < indices.length; i++) {
      SplittableRandom random = new SplittableRandom(indices[i]);
      int length = random.nextInt(STEPS / 2, STEPS + 1);
      for (int step = 0; step < length; step++) {
        ids[i * STEPS + step] = random.nextInt(FIRST_WORD, VOCABULARY);
        mask[i * STEPS + step] = 1;
      }
      labels[i] = ids[i * STEPS] % EncoderModel.CLASSES;
    }
    Shape shape = Shape.of(indices.length, STEPS);
    return new Batch(
        inputs.stream().map(input -> Tensor.ofLongs(shape, values(input, ids, mask))).toList(),
        Optional.of(Tensor.ofLongs(Shape.of(indices.length), labels)));
  }

  private static long[] values(String input, long[] ids, long[] mask) {
    return switch (input) {
      case "input_ids" -> ids;
      case "attention_mask" -> mask;
      case "token_type_ids" -> new long[ids.length];
      default -> throw new IllegalStateException("the encoder reads an unknown input: " + input);
    };
  }
}
