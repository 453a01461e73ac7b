package dev.swage.compress.probe;

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

  /** Of sequences: a sentence, a few frames. */
  private static final int[] SEQUENCES = {32, 16};

  /** Of sound, where shorter pieces do nothing. */
  private static final int[] WAVES = {4000, 16000};

  /** Of pictures, in pixels; the smallest is tried whatever it takes. */
  private static final int[] SIDES = {224, 160, 128, 96, 64, 32};

  /**
   * Multiplications of a model whose every weight is used at every pixel, at most: some seconds.
   */
  private static final double MOST_PRODUCTS = 5e10;

  private static final int LEAST_SIDE = 64;
  private static final int PICTURE_RANK = 4;

  /** Larger samples are not tried where smaller ones may do: 256 MiB of floats. */
  private static final double MOST_ELEMENTS = 1 << 26;

  /** As many names as 2^n combinations of sizes are tried for. */
  private static final int MAX_COMBINED = 5;

  ProbeSizes {
    sizes = Map.copyOf(sizes);
  }

  /**
   * What to try, most usual first: one sample of a usual size; all alike; then each open dimension
   * 1 or 2, which finds sizes that depend on each other (a total that is the sum of two); then the
   * first 1, others larger.
   *
   * @param weights elements of the model's weights: what keeps pictures small
   */
  static List<ProbeSizes> candidates(List<ValueInfo> feeds, long weights) {
    Set<String> names = names(feeds);
    if (names.isEmpty()) {
      return List.of(new ProbeSizes(Map.of(), 1));
    }
    Set<ProbeSizes> candidates = new LinkedHashSet<>(usual(feeds, names, weights));
    ProbeSizes least = new ProbeSizes(Map.of(), 1);
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
    for (int size : WAVES) {
      candidates.add(new ProbeSizes(Map.of(order.getFirst(), 1), size));
    }
    candidates.removeIf(sizes -> !sizes.equals(least) && sizes.elements(feeds) > MOST_ELEMENTS);
    return new ArrayList<>(candidates);
  }

  private static Set<String> names(List<ValueInfo> feeds) {
    Set<String> names = new LinkedHashSet<>();
    for (ValueInfo feed : feeds) {
      List<Dim> dims = feed.dims().orElse(List.of());
      for (int i = 0; i < dims.size(); i++) {
        if (dims.get(i) instanceof Dim.Symbolic(String name)) {
          names.add(key(feed, i, name));
        }
      }
    }
    return names;
  }

  /** One sample, with pictures and sequences as long as usual. */
  private static List<ProbeSizes> usual(List<ValueInfo> feeds, Set<String> names, long weights) {
    Map<String, Integer> one = new HashMap<>();
    batch(feeds).forEach(name -> one.put(name, 1));
    if (one.keySet().containsAll(names)) {
      return List.of();
    }
    Set<String> sides = sides(feeds);
    List<ProbeSizes> usual = new ArrayList<>();
    for (int side : sides.isEmpty() ? new int[1] : SIDES) {
      if (side > LEAST_SIDE && (double) weights * side * side > MOST_PRODUCTS) {
        continue;
      }
      for (int length : SEQUENCES) {
        Map<String, Integer> sizes = new HashMap<>(one);
        sides.forEach(name -> sizes.putIfAbsent(name, side));
        usual.add(new ProbeSizes(sizes, length));
      }
    }
    return usual;
  }

  /**
   * Names of the batch axis: open first axes of inputs that have more, where these are the same of
   * all of them. Where one begins with a fixed size, as edges of a graph with {@code 2}, there is
   * none.
   */
  private static Set<String> batch(List<ValueInfo> feeds) {
    Set<String> first = new LinkedHashSet<>();
    Set<String> others = new LinkedHashSet<>();
    boolean named = false;
    for (ValueInfo feed : feeds) {
      List<Dim> dims = feed.dims().orElse(List.of());
      if (dims.size() > 1 && dims.getFirst() instanceof Dim.Fixed(long size) && size != 1) {
        return Set.of();
      }
      for (int i = 0; i < dims.size(); i++) {
        if (dims.get(i) instanceof Dim.Symbolic(String name)) {
          (i == 0 && dims.size() > 1 ? first : others).add(key(feed, i, name));
          named |= i == 0 && !name.isEmpty();
        }
      }
    }
    first.removeAll(others);
    return named && first.size() > 1 ? Set.of() : first;
  }

  /** Names of height and width: axes 2 and 3 of pictures, or 1 and 2 where channels come last. */
  private static Set<String> sides(List<ValueInfo> feeds) {
    Set<String> sides = new LinkedHashSet<>();
    for (ValueInfo feed : feeds) {
      List<Dim> dims = feed.dims().orElse(List.of());
      if (dims.size() != PICTURE_RANK
          || feed.dtype().filter(type -> type.bits() > 32).isPresent()) {
        continue;
      }
      boolean last = dims.getLast() instanceof Dim.Fixed && dims.get(1) instanceof Dim.Symbolic;
      for (int axis = last ? 1 : 2; axis < (last ? 3 : PICTURE_RANK); axis++) {
        if (dims.get(axis) instanceof Dim.Symbolic(String name)) {
          sides.add(key(feed, axis, name));
        }
      }
    }
    return sides;
  }

  /** Of one sample of all feeds. */
  double elements(List<ValueInfo> feeds) {
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
