package dev.swage.testkit.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** One change to a field of a protobuf message, however deep; lengths around it are kept right. */
final class WireEdit {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH = 2;
  private static final int FIXED32 = 5;
  private static final int DEEPEST = 24;
  private static final int MOST_LEAVES = 512;
  private static final int LONGEST_LEAF = 64;
  private static final int LEAST_WEIGHT = 6;

  private static final long[] NUMBERS = {
    0,
    1,
    2,
    3,
    7,
    -1,
    -2,
    10,
    16,
    127,
    1 << 16,
    Integer.MAX_VALUE,
    1L << 31,
    1L << 40,
    1L << 62,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };
  private static final String[] NAMES = {
    "", "x", "y", "w", "Loop", "Constant", "Conv", "Gather", "axis", "value", "to", "Identity", "If"
  };

  private final RandomGenerator random;

  /** Names and numbers of the message, which may come to stand in other places of it. */
  private final List<byte[]> leaves = new ArrayList<>();

  WireEdit(RandomGenerator random) {
    this.random = random;
  }

  /** A field: number, wire type and what it holds, its length left out. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Field(int number, int type, byte[] bytes) {}

  byte[] apply(byte[] message, byte[] other) {
    leaves.clear();
    collect(message, 0);
    return edit(message, other, 0);
  }

  private byte[] edit(byte[] message, byte[] other, int depth) {
    Optional<List<Field>> parsed = fields(message);
    if (parsed.isEmpty() || parsed.get().isEmpty()) {
      return scalar(message);
    }
    List<Field> fields = new ArrayList<>(parsed.get());
    int at = pick(fields);
    Field field = fields.get(at);
    boolean nested = field.type == LENGTH && depth < DEEPEST && fields(field.bytes).isPresent();
    if (nested && random.nextInt(8) != 0) {
      fields.set(at, new Field(field.number, LENGTH, edit(field.bytes, other, depth + 1)));
      return encode(fields);
    }
    switch (random.nextInt(8)) {
      case 0 -> fields.remove(at);
      case 1 -> fields.add(at, field);
      case 2 -> fields.add(fields.get(random.nextInt(fields.size())));
      case 3 -> fields.set(at, new Field(1 + random.nextInt(24), field.type, field.bytes));
      case 4 ->
          fields(other)
              .filter(from -> !from.isEmpty())
              .ifPresent(from -> fields.add(from.get(random.nextInt(from.size()))));
      default -> fields.set(at, changed(field));
    }
    return encode(fields);
  }

  /** The larger a field is, the more often it is taken. */
  private int pick(List<Field> fields) {
    long all = 0;
    for (Field field : fields) {
      all += LEAST_WEIGHT + field.bytes.length;
    }
    long rest = random.nextLong(all);
    int at = 0;
    while (rest >= LEAST_WEIGHT + fields.get(at).bytes.length) {
      rest -= LEAST_WEIGHT + fields.get(at++).bytes.length;
    }
    return at;
  }

  private void collect(byte[] message, int depth) {
    for (Field field : fields(message).orElse(List.of())) {
      if (leaves.size() == MOST_LEAVES) {
        return;
      }
      if (field.type == LENGTH && depth < DEEPEST && fields(field.bytes).isPresent()) {
        collect(field.bytes, depth + 1);
      } else if (field.type == LENGTH && field.bytes.length < LONGEST_LEAF) {
        leaves.add(field.bytes);
      }
    }
  }

  private Field changed(Field field) {
    return switch (field.type) {
      case VARINT ->
          new Field(field.number, VARINT, varint(NUMBERS[random.nextInt(NUMBERS.length)]));
      case LENGTH -> new Field(field.number, LENGTH, scalar(field.bytes));
      default -> {
        byte[] bytes = field.bytes.clone();
        random.nextBytes(bytes);
        yield new Field(field.number, field.type, bytes);
      }
    };
  }

  private byte[] scalar(byte[] bytes) {
    return switch (random.nextInt(6)) {
      case 4, 5 -> leaves.isEmpty() ? bytes : leaves.get(random.nextInt(leaves.size()));
      case 0 -> NAMES[random.nextInt(NAMES.length)].getBytes(StandardCharsets.UTF_8);
      case 1 -> Arrays.copyOf(bytes, random.nextInt(bytes.length + 9));
      case 2 -> varint(NUMBERS[random.nextInt(NUMBERS.length)]);
      default -> {
        byte[] changed = bytes.clone();
        if (changed.length > 0) {
          changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
        }
        yield changed;
      }
    };
  }

  /** Empty where bytes are no message. */
  private static Optional<List<Field>> fields(byte[] message) {
    List<Field> fields = new ArrayList<>();
    int[] at = {0};
    while (at[0] < message.length) {
      long tag = number(message, at);
      int type = (int) (tag & 7);
      long number = tag >>> 3;
      if (number < 1 || number > 1 << 20) {
        return Optional.empty();
      }
      int begin = at[0];
      long length =
          switch (type) {
            case VARINT -> number(message, at) == Long.MIN_VALUE ? -1 : at[0] - begin;
            case FIXED64 -> Long.BYTES;
            case FIXED32 -> Integer.BYTES;
            case LENGTH -> number(message, at);
            default -> -1;
          };
      int from = type == LENGTH ? at[0] : begin;
      if (length < 0 || length > message.length - from) {
        return Optional.empty();
      }
      at[0] = from + (int) length;
      fields.add(new Field((int) number, type, Arrays.copyOfRange(message, from, at[0])));
    }
    return Optional.of(fields);
  }

  /** The varint at a place, which moves on; the least long where there is none. */
  private static long number(byte[] message, int[] at) {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (at[0] >= message.length) {
        return Long.MIN_VALUE;
      }
      byte next = message[at[0]++];
      number |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return number;
      }
    }
    return Long.MIN_VALUE;
  }

  private static byte[] varint(long number) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(number, out);
    return out.toByteArray();
  }

  private static void write(long number, ByteArrayOutputStream out) {
    long rest = number;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  private static byte[] encode(List<Field> fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Field field : fields) {
      write((long) field.number << 3 | field.type, out);
      if (field.type == LENGTH) {
        write(field.bytes.length, out);
      }
      out.writeBytes(field.bytes);
    }
    return out.toByteArray();
  }
}
