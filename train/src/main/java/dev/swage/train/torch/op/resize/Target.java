package dev.swage.train.torch.op.resize;

import dev.swage.onnx.OnnxException;
import dev.swage.train.torch.program.Call;
import dev.swage.train.torch.program.NodeContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a call asks for each axis: scales or sizes, of all axes or of some. */
final class Target {
  private final NodeContext node;
  private final long[] axes;
  private final String policy;
  private final int roi;
  private final int scales;
  private final int sizes;

  Target(NodeContext node) {
    this.node = node;
    this.axes = node.node().intsAttribute("axes");
    this.policy = node.stringAttribute("keep_aspect_ratio_policy", "stretch");
    boolean early = node.opset() < 11;
    this.roi = early ? -1 : 1;
    this.scales = early ? 1 : 2;
    this.sizes = early ? -1 : 3;
  }

  List<AxisResize> of(Call call) {
    long[] dims = call.dims(0);
    int[] wanted = wanted(dims.length);
    float[] scale = new float[dims.length];
    java.util.Arrays.fill(scale, 1);
    long[] resized = dims.clone();
    Optional<float[]> given = floats(call, scales);
    if (given.isPresent()) {
      requireCount("scales", wanted.length, given.get().length);
      for (int i = 0; i < wanted.length; i++) {
        scale[wanted[i]] = given.get()[i];
        resized[wanted[i]] = (long) Math.floor(dims[wanted[i]] * given.get()[i]);
      }
    } else {
      bySizes(call, wanted, scale, resized);
    }
    return axes(dims, resized, scale, regions(call, wanted, dims.length));
  }

  private void bySizes(Call call, int[] wanted, float[] scale, long[] resized) {
    if (sizes < 0 || !call.has(sizes)) {
      throw new OnnxException("%s: has neither scales nor sizes".formatted(node.node().describe()));
    }
    long[] given = call.longs(sizes);
    requireCount("sizes", wanted.length, given.length);
    boolean smaller = policy.equals("not_larger");
    float common = smaller ? Float.POSITIVE_INFINITY : 0;
    for (int i = 0; i < wanted.length; i++) {
      scale[wanted[i]] = (float) given[i] / resized[wanted[i]];
      common = smaller ? Math.min(common, scale[wanted[i]]) : Math.max(common, scale[wanted[i]]);
    }
    for (int i = 0; i < wanted.length; i++) {
      int axis = wanted[i];
      boolean stretched = policy.equals("stretch");
      scale[axis] = stretched ? scale[axis] : common;
      resized[axis] = stretched ? given[i] : (long) Math.floor(common * resized[axis] + 0.5f);
    }
  }

  private static List<AxisResize> axes(
      long[] dims, long[] resized, float[] scale, float[][] regions) {
    List<AxisResize> result = new ArrayList<>();
    for (int i = 0; i < dims.length; i++) {
      result.add(new AxisResize(dims[i], resized[i], scale[i], regions[0][i], regions[1][i]));
    }
    return result;
  }

  /** The axes that are resized. */
  private int[] wanted(int rank) {
    int[] wanted = new int[axes.length == 0 ? rank : axes.length];
    for (int i = 0; i < wanted.length; i++) {
      long axis = axes.length == 0 ? i : axes[i];
      wanted[i] = Math.toIntExact(axis < 0 ? axis + rank : axis);
    }
    return wanted;
  }

  /** Begins and ends of the region of interest, by axis. */
  private float[][] regions(Call call, int[] wanted, int rank) {
    float[][] regions = new float[2][rank];
    java.util.Arrays.fill(regions[1], 1);
    float[] given = floats(call, roi).orElse(new float[0]);
    if (given.length == 2 * wanted.length) {
      for (int i = 0; i < wanted.length; i++) {
        regions[0][wanted[i]] = given[i];
        regions[1][wanted[i]] = given[wanted.length + i];
      }
    }
    return regions;
  }

  /** An input that is given and not empty, or the attribute of Upsample before operator set 9. */
  private Optional<float[]> floats(Call call, int input) {
    if (input == scales && !call.has(input) && node.hasAttribute("scales")) {
      return Optional.of(attribute());
    }
    return input >= 0 && call.has(input)
        ? Optional.of(call.floats(input)).filter(values -> values.length > 0)
        : Optional.empty();
  }

  private float[] attribute() {
    if (!(node.node().attributes().get("scales")
        instanceof dev.swage.onnx.Attribute.FloatsValue floats)) {
      throw node.unsupported("scales of another type");
    }
    float[] values = new float[floats.values().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = floats.values().get(i);
    }
    return values;
  }

  private void requireCount(String what, int expected, int got) {
    if (expected != got) {
      throw new OnnxException(
          "%s: needs %d %s, got %d".formatted(node.node().describe(), expected, what, got));
    }
  }
}
