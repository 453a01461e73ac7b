package dev.swage.train.torch.op.window;

import dev.swage.onnx.Node;
import dev.swage.onnx.OnnxException;
import java.util.Arrays;

/**
 * How a window slides over spatial axes: ONNX's {@code strides}, {@code dilations}, {@code pads}
 * and {@code auto_pad}, completed with their defaults.
 */
public final class Windowing {
  private final Node node;
  private final long[] kernel;
  private final long[] strides;
  private final long[] dilations;
  private final long[] pads;
  private final AutoPad autoPad;

  private enum AutoPad {
    NOTSET,
    VALID,
    SAME_UPPER,
    SAME_LOWER
  }

  private Windowing(Node node, long[] kernel) {
    int axes = kernel.length;
    this.node = node;
    this.kernel = kernel;
    this.strides = node.intsAttribute("strides", filled(axes, 1));
    this.dilations = node.intsAttribute("dilations", filled(axes, 1));
    this.pads = node.intsAttribute("pads", new long[2 * axes]);
    this.autoPad = autoPad(node);
    requireLength("strides", strides, axes);
    requireLength("dilations", dilations, axes);
    requireLength("pads", pads, 2 * axes);
  }

  public static Windowing of(Node node, long[] kernel) {
    return new Windowing(node, kernel);
  }

  private static AutoPad autoPad(Node node) {
    String value = node.stringAttribute("auto_pad", "NOTSET");
    for (AutoPad known : AutoPad.values()) {
      if (known.name().equals(value)) {
        return known;
      }
    }
    throw new OnnxException(
        "%s: auto_pad must be one of %s, got %s"
            .formatted(node.describe(), Arrays.toString(AutoPad.values()), value));
  }

  private void requireLength(String attribute, long[] values, int expected) {
    if (values.length != expected) {
      throw new OnnxException(
          "%s: %s must have %d values, got %s"
              .formatted(node.describe(), attribute, expected, Arrays.toString(values)));
    }
  }

  static long[] filled(int length, long value) {
    long[] values = new long[length];
    Arrays.fill(values, value);
    return values;
  }

  public int axes() {
    return kernel.length;
  }

  public long[] kernel() {
    return kernel.clone();
  }

  public long[] strides() {
    return strides.clone();
  }

  public long[] dilations() {
    return dilations.clone();
  }

  /** Padding per axis, all begins before all ends, for an input of these dimensions. */
  public long[] pads(long[] inputDims) {
    return switch (autoPad) {
      case NOTSET -> pads.clone();
      case VALID -> new long[pads.length];
      case SAME_UPPER, SAME_LOWER -> samePads(inputDims);
    };
  }

  /** How far a window reaches on an axis. */
  long reach(int axis) {
    return (kernel[axis] - 1) * dilations[axis] + 1;
  }

  /**
   * Padding with which windows fill the axes exactly: in ceil mode more at the ends, less where a
   * window would begin in the padding there.
   */
  long[] exactPads(long[] inputDims, boolean ceil) {
    int axes = axes();
    long[] exact = pads(inputDims);
    for (int axis = 0; axis < axes; axis++) {
      long size = inputDims[inputDims.length - axes + axis];
      long free = size + exact[axis] + exact[axes + axis] - reach(axis);
      long steps = ceil ? Math.ceilDiv(free, strides[axis]) : Math.floorDiv(free, strides[axis]);
      if (ceil && steps * strides[axis] >= size + exact[axis]) {
        steps--;
      }
      exact[axes + axis] = steps * strides[axis] + reach(axis) - size - exact[axis];
    }
    return exact;
  }

  private long[] samePads(long[] inputDims) {
    int axes = axes();
    long[] same = new long[2 * axes];
    for (int axis = 0; axis < axes; axis++) {
      long size = inputDims[inputDims.length - axes + axis];
      long windows = Math.ceilDiv(size, strides[axis]);
      long covered = (windows - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
      long total = Math.max(0, covered - size);
      long less = total / 2;
      same[axis] = autoPad == AutoPad.SAME_UPPER ? less : total - less;
      same[axes + axis] = total - same[axis];
    }
    return same;
  }

  /** Whether every axis is padded by as much at its begin as at its end. */
  public static boolean symmetric(long[] pads) {
    int axes = pads.length / 2;
    return Arrays.equals(pads, 0, axes, pads, axes, 2 * axes);
  }

  /** The paddings at the begins. */
  public static long[] begins(long[] pads) {
    return Arrays.copyOf(pads, pads.length / 2);
  }

  /** ONNX's padding in libtorch's order: last axis first, begin and end side by side. */
  public static long[] torchOrder(long[] pads) {
    int axes = pads.length / 2;
    long[] ordered = new long[2 * axes];
    for (int axis = 0; axis < axes; axis++) {
      ordered[2 * axis] = pads[axes - 1 - axis];
      ordered[2 * axis + 1] = pads[2 * axes - 1 - axis];
    }
    return ordered;
  }
}
