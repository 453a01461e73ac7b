package dev.swage.data;

import dev.swage.tensor.DType;
import java.util.Optional;

/**
 * From where to where random numbers of one input are drawn.
 *
 * @param low the least; 0 where none is given
 * @param high the greatest; 1 where none is given
 * @param given whether the spec has either
 */
record RandomBounds(double low, double high, boolean given) {
  /** What the keys {@code low} and {@code high} say of input {@code index} of {@code count}. */
  static RandomBounds of(Options options, int index, int count) {
    Optional<Double> low = one(options, "low", index, count);
    Optional<Double> high = one(options, "high", index, count);
    RandomBounds bounds =
        new RandomBounds(low.orElse(0.0), high.orElse(1.0), low.isPresent() || high.isPresent());
    if (bounds.low > bounds.high) {
      throw options.wrong(
          high.isPresent() ? "high" : "low",
          high.isPresent()
              ? "a number not below low, which is " + number(bounds.low)
              : "a number not above 1, or high as well");
    }
    return bounds;
  }

  private static Optional<Double> one(Options options, String key, int index, int count) {
    Optional<double[]> values = options.decimals(key);
    if (values.isPresent() && values.get().length != 1 && values.get().length != count) {
      throw options.wrong(
          key, count == 1 ? "1 number" : "1 number, or %d: one for each input".formatted(count));
    }
    return values.map(all -> all.length == 1 ? all[0] : all[index]);
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  /** The least element of an integer type, or of bool. */
  static long least(DType dtype) {
    return dtype.isInteger() && dtype.isSigned() ? -1L << (dtype.bits() - 1) : 0;
  }

  /** The greatest one; of uint64 the greatest that a long holds. */
  static long greatest(DType dtype) {
    if (dtype == DType.BOOL) {
      return 1;
    }
    return dtype.bits() == Long.SIZE
        ? Long.MAX_VALUE
        : (1L << (dtype.isSigned() ? dtype.bits() - 1 : dtype.bits())) - 1;
  }

  /** From where to where integers of a type are drawn. */
  long[] integers(DType dtype, Options options) {
    long least = least(dtype);
    long greatest = greatest(dtype);
    long from = (long) Math.ceil(low);
    long to = (long) Math.floor(high);
    if (from > to) {
      throw options.wrong("high", "a whole number from low on: the model wants " + dtype);
    }
    if (dtype == DType.BOOL) {
      return new long[] {Math.clamp(from, 0, 1), Math.clamp(to, 0, 1)};
    }
    if (from < least || to > greatest) {
      throw options.wrong(
          from < least ? "low" : "high",
          "a number from %d to %d: the model wants %s".formatted(least, greatest, dtype));
    }
    return new long[] {from, to};
  }
}
