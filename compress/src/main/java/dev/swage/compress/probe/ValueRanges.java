package dev.swage.compress.probe;

import dev.swage.quant.range.Range;
import java.util.Map;

/**
 * Ranges that are known of a model's inputs.
 *
 * @param of by the input's name
 * @param origin where they are from, in words, as {@code the plan's ranges}
 */
public record ValueRanges(Map<String, Range> of, String origin) {
  public ValueRanges {
    of = Map.copyOf(of);
  }

  /** Nothing is known. */
  public static ValueRanges unknown() {
    return new ValueRanges(Map.of(), "");
  }
}
