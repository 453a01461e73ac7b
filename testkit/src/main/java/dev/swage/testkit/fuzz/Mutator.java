package dev.swage.testkit.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Changes bytes at random, alike for the same seed. */
public final class Mutator {
  /** At most so many changes to one input. */
  private static final int MOST_CHANGES = 4;

  private static final int MOST_BYTES = 1 << 16;
  private static final List<Long> NUMBERS =
      List.of(0L, 1L, 2L, -1L, 127L, 255L, 65_536L, 1L << 31, (1L << 31) - 1, 1L << 40, 1L << 62);
  private static final List<String> TEXTS =
      List.of("0", "-1", "9999999999", "1e999", "nan", "inf", "", "'", "\"", "\n", "\t", "[", "{");

  private final RandomGenerator random;

  public Mutator(long seed) {
    random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  /** A number in [0, bound). */
  public int next(int bound) {
    return random.nextInt(bound);
  }

  /**
   * Changes an input of any form.
   *
   * @param other what parts may come from
   */
  public byte[] bytes(byte[] input, byte[] other) {
    byte[] changed = input;
    for (int i = 1 + random.nextInt(1 + random.nextInt(MOST_CHANGES)); i > 0; i--) {
      changed = once(changed, other);
    }
    return changed;
  }

  /** Changes a protobuf message, most often field by field, so that the rest can still be read. */
  public byte[] message(byte[] input, byte[] other) {
    if (random.nextInt(12) == 0) {
      return bytes(input, other);
    }
    byte[] changed = input;
    for (int i = 1 + random.nextInt(1 + random.nextInt(MOST_CHANGES)); i > 0; i--) {
      changed = new WireEdit(random).apply(changed, other);
    }
    return changed.length > MOST_BYTES ? Arrays.copyOf(changed, MOST_BYTES) : changed;
  }

  /** Changes a text, most often by words and lines. */
  public byte[] text(byte[] input, byte[] other) {
    if (random.nextInt(4) == 0) {
      return bytes(input, other);
    }
    String text = new String(input, StandardCharsets.ISO_8859_1);
    String from = new String(other, StandardCharsets.ISO_8859_1);
    for (int i = 1 + random.nextInt(1 + random.nextInt(MOST_CHANGES)); i > 0; i--) {
      text = words(text, from);
    }
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private String words(String text, String other) {
    String[] lines = text.split("(?<=\n)", -1);
    int at = random.nextInt(lines.length);
    String[] words = lines[at].split("(?<=[ ,:=\\[\\]{}])|(?=[ ,:=\\[\\]{}])", -1);
    int word = random.nextInt(words.length);
    int kind = random.nextInt(6);
    boolean replacesWord = kind > 2;
    switch (kind) {
      case 0 -> lines[at] = "";
      case 1 -> lines[at] = lines[at] + lines[random.nextInt(lines.length)];
      case 2 -> lines[at] = pick(other.split("(?<=\n)", -1));
      case 3 -> words[word] = TEXTS.get(random.nextInt(TEXTS.size()));
      case 4 -> words[word] = pick(other.split("[ ,:=\n]", -1));
      default -> words[word] = Long.toString(number());
    }
    if (replacesWord) {
      lines[at] = String.join("", words);
    }
    String changed = String.join("", lines);
    return changed.substring(0, Math.min(changed.length(), MOST_BYTES));
  }

  private String pick(String[] choices) {
    return choices.length == 0 ? "" : choices[random.nextInt(choices.length)];
  }

  long number() {
    return random.nextInt(4) == 0 ? random.nextLong() : NUMBERS.get(random.nextInt(NUMBERS.size()));
  }

  private byte[] once(byte[] input, byte[] other) {
    if (input.length == 0) {
      return other.clone();
    }
    byte[] changed = input.clone();
    int at = random.nextInt(input.length);
    int length = 1 + random.nextInt(Math.min(16, input.length - at));
    switch (random.nextInt(6)) {
      case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> changed[at] = (byte) random.nextInt(256);
      case 2 -> changed = Arrays.copyOf(input, at);
      case 3 -> changed = joined(input, at, new byte[0], at + length);
      case 4 -> changed = joined(input, at, Arrays.copyOfRange(input, at, at + length), at);
      default -> {
        int from = random.nextInt(Math.max(1, other.length));
        int to = Math.min(other.length, from + 1 + random.nextInt(64));
        changed = joined(input, at, Arrays.copyOfRange(other, from, Math.max(from, to)), at);
      }
    }
    return changed.length > MOST_BYTES ? Arrays.copyOf(changed, MOST_BYTES) : changed;
  }

  /** The beginning, something new, and the end. */
  private static byte[] joined(byte[] input, int begin, byte[] middle, int end) {
    byte[] joined = Arrays.copyOf(input, begin + middle.length + input.length - end);
    System.arraycopy(middle, 0, joined, begin, middle.length);
    System.arraycopy(input, end, joined, begin + middle.length, input.length - end);
    return joined;
  }
}
