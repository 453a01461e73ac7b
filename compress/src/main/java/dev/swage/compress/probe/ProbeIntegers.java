package dev.swage.compress.probe;

import dev.swage.onnx.ValueInfo;
import dev.swage.tensor.DType;
import dev.swage.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * From where to where integers are drawn, for each input.
 *
 * @param ranges by the input's name, both ends inclusive
 */
record ProbeIntegers(Map<String, Span> ranges) {
  private static final int DIGITS = 9;
  private static final long WHITE = 255;

  /** Both inclusive. */
  record Span(long low, long high) {}

  ProbeIntegers {
    ranges = Map.copyOf(ranges);
  }

  Span span(ValueInfo feed) {
    return ranges.getOrDefault(feed.name(), new Span(0, 0));
  }

  /** The largest integer drawn. */
  long largest() {
    return ranges.values().stream().mapToLong(Span::high).max().orElse(0);
  }

  /**
   * What to try: as far as the tables go that an input is an index into, where that is known, else
   * 0 and 1, ones, digits; then 0 and 1 for all; then zeros.
   */
  static List<ProbeIntegers> candidates(
      List<ValueInfo> feeds, Map<String, IndexBounds.Bound> bounds, ProbeSizes sizes) {
    Set<ProbeIntegers> candidates = new LinkedHashSet<>();
    for (Span otherwise : List.of(new Span(0, 1), new Span(1, 1), new Span(0, DIGITS))) {
      candidates.add(ranges(feeds, bounds, sizes, otherwise));
    }
    candidates.add(ranges(feeds, Map.of(), sizes, new Span(0, 1)));
    candidates.add(new ProbeIntegers(Map.of()));
    return new ArrayList<>(candidates);
  }

  private static ProbeIntegers ranges(
      List<ValueInfo> feeds,
      Map<String, IndexBounds.Bound> bounds,
      ProbeSizes sizes,
      Span otherwise) {
    Map<String, Span> ranges = new HashMap<>();
    for (ValueInfo feed : feeds) {
      DType dtype = feed.dtype().orElse(DType.FLOAT32);
      if (dtype == DType.BOOL) {
        ranges.put(feed.name(), new Span(Math.min(1, otherwise.low()), 1));
      } else if (dtype.isInteger()) {
        IndexBounds.Bound bound = bounds.get(feed.name());
        Span span =
            bound != null
                ? new Span(0, Math.max(0, bound.below(shapes(feeds, sizes)) - 1))
                : isPixels(feed, dtype) && otherwise.equals(new Span(0, 1))
                    ? new Span(0, WHITE)
                    : otherwise;
        ranges.put(feed.name(), span);
      }
    }
    return new ProbeIntegers(ranges);
  }

  /** Bytes without a sign that index no table are pixels or levels. */
  private static boolean isPixels(ValueInfo feed, DType dtype) {
    return dtype == DType.UINT8 && feed.dims().map(List::size).orElse(0) > 1;
  }

  private static Map<String, Shape> shapes(List<ValueInfo> feeds, ProbeSizes sizes) {
    Map<String, Shape> shapes = new HashMap<>();
    feeds.forEach(feed -> shapes.put(feed.name(), sizes.shape(feed)));
    return shapes;
  }
}
