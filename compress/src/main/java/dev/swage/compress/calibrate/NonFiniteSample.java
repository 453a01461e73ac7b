package dev.swage.compress.calibrate;

/**
 * A sample for which a tensor held NaN or infinities.
 *
 * @param sample index in the data, from 0
 * @param count how many of the tensor's elements
 */
public record NonFiniteSample(long sample, long count) {
  public NonFiniteSample {
    if (sample < 0 || count < 1) {
      throw new IllegalArgumentException(
          "a sample needs an index from 0 and a count from 1, got %s and %s"
              .formatted(sample, count));
    }
  }
}
