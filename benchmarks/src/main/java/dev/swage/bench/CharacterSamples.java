package dev.swage.bench;

import dev.swage.data.Batch;
import dev.swage.data.DataSource;
import dev.swage.tensor.Shape;
import dev.swage.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/**
 * Sequences for a character model, the same from the same seed in every process: each character has
 * one that follows it nine times out of ten, so that learning shows within a hundred steps.
 *
 * @param count how many sequences there are
 * @param characters int64 {@code [count, STEPS]}, native
 * @param followers int64 {@code [count, STEPS]}: what comes after each of them
 */
record CharacterSamples(int count, MemorySegment characters, MemorySegment followers)
    implements DataSource {
  static final int VOCABULARY = 65;
  static final int STEPS = 64;

  static CharacterSamples generate(Arena arena, int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] usual = random.ints(VOCABULARY, 0, VOCABULARY).toArray();
    MemorySegment characters = arena.allocate(ValueLayout.JAVA_LONG, (long) count * STEPS);
    MemorySegment followers = arena.allocate(ValueLayout.JAVA_LONG, (long) count * STEPS);
    int character = 0;
    for (long i = 0; i < (long) count * STEPS; i++) {
      characters.setAtIndex(ValueLayout.JAVA_LONG, i, character);
      character = random.nextInt(10) == 0 ? random.nextInt(VOCABULARY) : usual[character];
      followers.setAtIndex(ValueLayout.JAVA_LONG, i, character);
    }
    return new CharacterSamples(count, characters, followers);
  }

  /**
   * A part of {@link #characters} or {@link #followers}: {@code size} sequences from a number on.
   */
  static MemorySegment slice(MemorySegment all, int first, int size) {
    long bytes = (long) STEPS * Long.BYTES;
    return all.asSlice(first * bytes, size * bytes);
  }

  @Override
  public String name() {
    return count + " sequences of characters";
  }

  @Override
  public int size() {
    return count;
  }

  @Override
  public List<Shape> inputShapes() {
    return List.of(Shape.of(STEPS));
  }

  @Override
  public OptionalInt classes() {
    return OptionalInt.of(VOCABULARY);
  }

  @Override
  public Batch batch(int... indices) {
    return new Batch(List.of(gather(characters, indices)), Optional.of(gather(followers, indices)));
  }

  private static Tensor gather(MemorySegment all, int[] indices) {
    long[] values = new long[indices.length * STEPS];
    for (int i = 0; i < indices.length; i++) {
      MemorySegment.copy(
          slice(all, indices[i], 1), ValueLayout.JAVA_LONG, 0, values, i * STEPS, STEPS);
    }
    return Tensor.ofLongs(Shape.of(indices.length, STEPS), values);
  }
}
