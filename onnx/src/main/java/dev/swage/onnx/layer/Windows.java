package dev.swage.onnx.layer;

import dev.swage.onnx.Attribute;
import dev.swage.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The layers that slide a window over spatial axes. */
final class Windows {
  private Windows() {}

  static void conv(GraphDraft draft, Conv layer, int axes, WeightInit fallback) {
    String name = draft.name("conv");
    Shape in = spatial(name, draft, axes);
    long channels = in.dim(0);
    Checks.that(
        channels % layer.groups() == 0,
        () ->
            "%s: %d groups do not divide the %d input channels"
                .formatted(name, layer.groups(), channels));
    Window window = expand(name, layer.window(), axes);
    long[] weight = new long[axes + 2];
    weight[0] = layer.filters();
    weight[1] = channels / layer.groups();
    long field = 1;
    for (int i = 0; i < axes; i++) {
      weight[i + 2] = window.kernel().get(i);
      field *= window.kernel().get(i);
    }
    double fanOut = (double) layer.filters() / layer.groups() * field;
    Draw draw = Draw.of(layer.init().orElse(fallback), weight[1] * (double) field, fanOut);
    List<String> inputs = new ArrayList<>();
    inputs.add(draft.weight(name + ".weight", Shape.of(weight), draw));
    if (layer.bias()) {
      inputs.add(draft.weight(name + ".bias", Shape.of(layer.filters()), new Draw.Constant(0)));
    }
    Map<String, Attribute> attributes = attributes(window);
    attributes.put("dilations", ints(window.dilation()));
    attributes.put("group", Attribute.of((long) layer.groups()));
    Shape out = out(name, layer.filters(), in, window);
    draft.append(name, "Conv", inputs, attributes, out);
  }

  static void pool(GraphDraft draft, String opType, Window unexpanded, int axes) {
    String name = draft.name(opType.equals("MaxPool") ? "maxpool" : "averagepool");
    Shape in = spatial(name, draft, axes);
    Window window = expand(name, unexpanded, axes);
    long[] pads = window.pads();
    for (int i = 0; i < pads.length; i++) {
      long kernel = window.kernel().get(i % axes);
      long pad = pads[i];
      Checks.that(
          pad < kernel,
          () ->
              "%s: padding must be smaller than the kernel %d, got %d"
                  .formatted(name, kernel, pad));
    }
    Map<String, Attribute> attributes = attributes(window);
    if (window.dilation().stream().anyMatch(d -> d > 1)) {
      attributes.put("dilations", ints(window.dilation()));
    }
    draft.append(name, opType, List.of(), attributes, out(name, in.dim(0), in, window));
  }

  private static Map<String, Attribute> attributes(Window window) {
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("kernel_shape", ints(window.kernel()));
    attributes.put("strides", ints(window.stride()));
    attributes.put("pads", Attribute.ints(window.pads()));
    return attributes;
  }

  private static Shape spatial(String name, GraphDraft draft, int axes) {
    Shape in = Checks.floats(name, draft.current());
    Checks.that(
        in.rank() == axes + 1,
        () ->
            "%s: needs %s, got %s"
                .formatted(
                    name, axes == 1 ? "[channels, length]" : "[channels, height, width]", in));
    return in;
  }

  private static Window expand(String name, Window window, int axes) {
    try {
      return window.expand(axes);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
    }
  }

  private static Shape out(String name, long channels, Shape in, Window window) {
    long[] out = new long[in.rank()];
    out[0] = channels;
    for (int i = 1; i < out.length; i++) {
      try {
        out[i] = window.outputSize(i - 1, in.dim(i));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "%s: input %s: %s".formatted(name, in, e.getMessage()), e);
      }
    }
    return Shape.of(out);
  }

  private static Attribute ints(List<Integer> values) {
    return Attribute.ints(values.stream().mapToLong(Integer::longValue).toArray());
  }
}
