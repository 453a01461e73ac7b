package dev.swage.onnx.layer;

import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How a kernel slides over the spatial axes. A list with one entry counts for every axis.
 *
 * @param kernel extent per axis
 * @param stride step per axis
 * @param dilation distance between kernel elements per axis
 * @param padding zeros around the input
 */
public record Window(
    List<Integer> kernel, List<Integer> stride, List<Integer> dilation, Padding padding) {
  /** Zeros around the input of a convolution or pool. */
  public sealed interface Padding {
    /** As many zeros before as after; one entry, or one per axis. */
    record Explicit(List<Integer> zeros) implements Padding {
      public Explicit {
        zeros = atLeast(0, "padding", zeros);
      }
    }

    /**
     * {@code dilation·(kernel−1)} zeros in all, the odd one at the end: stride 1 keeps the size.
     */
    record Same() implements Padding {}
  }

  private static final List<Integer> ONE = List.of(1);

  public Window {
    kernel = atLeast(1, "kernel", kernel);
    stride = atLeast(1, "stride", stride);
    dilation = atLeast(1, "dilation", dilation);
  }

  /** Stride 1, dilation 1, no padding; one extent, or one per axis. */
  public static Window of(int... kernel) {
    return new Window(list(kernel), ONE, ONE, new Padding.Explicit(List.of(0)));
  }

  public Window stride(int... stride) {
    return new Window(kernel, list(stride), dilation, padding);
  }

  public Window dilation(int... dilation) {
    return new Window(kernel, stride, list(dilation), padding);
  }

  public Window padding(int... zeros) {
    return new Window(kernel, stride, dilation, new Padding.Explicit(list(zeros)));
  }

  /** Pads so that stride 1 keeps the size; see {@link Padding.Same}. */
  public Window same() {
    return new Window(kernel, stride, dilation, new Padding.Same());
  }

  /** This window with every list spelled out for {@code axes} axes. */
  Window expand(int axes) {
    Padding wide =
        switch (padding) {
          case Padding.Explicit p -> new Padding.Explicit(expand("padding", p.zeros(), axes));
          case Padding.Same same -> same;
        };
    return new Window(
        expand("kernel", kernel, axes),
        expand("stride", stride, axes),
        expand("dilation", dilation, axes),
        wide);
  }

  private static List<Integer> expand(String what, List<Integer> values, int axes) {
    if (values.size() == 1) {
      return Collections.nCopies(axes, values.getFirst());
    }
    if (values.size() != axes) {
      throw new IllegalArgumentException(
          "%s must have 1 or %d entries, got %s".formatted(what, axes, values));
    }
    return values;
  }

  /** ONNX's pads of an expanded window: all begins, then all ends. */
  long[] pads() {
    int axes = kernel.size();
    long[] pads = new long[2 * axes];
    for (int i = 0; i < axes; i++) {
      switch (padding) {
        case Padding.Explicit p -> {
          pads[i] = p.zeros().get(i);
          pads[axes + i] = p.zeros().get(i);
        }
        case Padding.Same() -> {
          long total = (long) dilation.get(i) * (kernel.get(i) - 1);
          pads[i] = total / 2;
          pads[axes + i] = total - total / 2;
        }
      }
    }
    return pads;
  }

  /** {@code ⌊(size + pads − dilation·(kernel−1) − 1)/stride⌋ + 1} along an axis, expanded. */
  long outputSize(int axis, long size) {
    long[] pads = pads();
    long padded = size + pads[axis] + pads[axis + kernel.size()];
    long extent = (long) dilation.get(axis) * (kernel.get(axis) - 1) + 1;
    if (extent > padded) {
      throw new IllegalArgumentException(
          "a kernel that spans %d does not fit into %d (size %d with padding) on spatial axis %d"
              .formatted(extent, padded, size, axis));
    }
    return (padded - extent) / stride.get(axis) + 1;
  }

  private static List<Integer> atLeast(int minimum, String what, List<Integer> values) {
    if (values.isEmpty() || values.stream().anyMatch(v -> v < minimum)) {
      throw new IllegalArgumentException(
          "%s must be at least %d, got %s"
              .formatted(
                  what,
                  minimum,
                  values.stream().map(String::valueOf).collect(Collectors.joining(", "))));
    }
    return List.copyOf(values);
  }

  private static List<Integer> list(int[] values) {
    return IntStream.of(values).boxed().toList();
  }
}
