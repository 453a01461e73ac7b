package dev.swage.compress.proof;

import dev.swage.onnx.ValueInfo;
import dev.swage.onnx.ValueInfo.Dim;
import dev.swage.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sizes of open dimensions, by their name; one of its own for each without a name.
 *
 * @param fallback of a name that has none here
 */
record ProbeSizes(Map<String, Integer> sizes, int fallback) {
  private static final int[] ALIKE = {1, 64, 512, 2, 8, 16, 32, 128, 256, 1024};

  /** Larger samples are not tried where smaller ones may do: 256 MiB of floats. */
  private static final double MOST_ELEMENTS = 1 << 26;

  /** As many names as 2^n combinations of sizes are tried for. */
  private static final int MAX_COMBINED = 5;

  ProbeSizes {
    sizes = Map.copyOf(sizes);
  }

  /**
   * What to try, most usual first: all alike; then each open dimension 1 or 2, which finds sizes
   * that depend on each other (a total that is the sum of two); then the first 1, others larger.
   */
  static List<ProbeSizes> candidates(List<ValueInfo> feeds) {
    List<ProbeSizes> candidates = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    for (ValueInfo feed : feeds) {
      List<Dim> dims = feed.dims().orElse(List.of());
      for (int i = 0; i < dims.size(); i++) {
        if (dims.get(i) instanceof Dim.Symbolic(String name)) {
          names.add(key(feed, i, name));
        }
      }
    }
    if (names.isEmpty()) {
      return List.of(new ProbeSizes(Map.of(), 1));
    }
    for (int size : ALIKE) {
      candidates.add(new ProbeSizes(Map.of(), size));
    }
    List<String> order = List.copyOf(names);
    for (int bits = 1; bits < 1 << Math.min(order.size(), MAX_COMBINED); bits++) {
      Map<String, Integer> sizes = new HashMap<>();
      for (int i = 0; i < order.size(); i++) {
        sizes.put(order.get(i), 1 + (bits >> i & 1));
      }
      candidates.add(new ProbeSizes(sizes, 1));
    }
    for (int size : ALIKE) {
      candidates.add(new ProbeSizes(Map.of(order.getFirst(), 1), size));
    }
    ProbeSizes least = candidates.getFirst();
    candidates.removeIf(sizes -> !sizes.equals(least) && sizes.elements(feeds) > MOST_ELEMENTS);
    return candidates;
  }

  /** Of one sample of all feeds. */
  private double elements(List<ValueInfo> feeds) {
    double sum = 0;
    for (ValueInfo feed : feeds) {
      double elements = 1;
      for (long size : dims(feed)) {
        elements *= size;
      }
      sum += elements;
    }
    return sum;
  }

  private static String key(ValueInfo feed, int axis, String name) {
    return name.isEmpty() ? feed.name() + "." + axis : name;
  }

  Shape shape(ValueInfo feed) {
    return Shape.of(dims(feed));
  }

  private long[] dims(ValueInfo feed) {
    List<Dim> dims = feed.dims().orElse(List.of());
    long[] shape = new long[dims.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] =
          switch (dims.get(i)) {
            case Dim.Fixed(long size) -> size;
            case Dim.Symbolic(String name) -> sizes.getOrDefault(key(feed, i, name), fallback);
          };
    }
    return shape;
  }
}
