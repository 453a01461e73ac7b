package dev.swage.report.html;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;

/**
 * A chart that keeps its letters' size at every width: the drawing is an SVG stretched over the
 * plot, with strokes that do not scale; marks, titles and labels are HTML placed in percent.
 */
final class Plot {
  /** Units of the drawing in both directions. */
  private static final double SPAN = 1000;

  private static final double LABEL_HEIGHT = 17;

  private final Axis x;
  private final Axis y;
  private final int height;
  private final Markup drawing = new Markup();
  private final List<EndLabel> labels = new ArrayList<>();
  private final List<String> hoverX = new ArrayList<>();
  private final List<String> hoverText = new ArrayList<>();
  private String xTitle = "";
  private String yTitle = "";

  private record EndLabel(String text, String style, double bottom) {}

  /** An empty chart of a height in pixels. */
  Plot(Axis x, Axis y, int height) {
    this.x = x;
    this.y = y;
    this.height = height;
  }

  Plot titles(String horizontal, String vertical) {
    xTitle = horizontal;
    yTitle = vertical;
    return this;
  }

  /** A line through the points, broken where a value is not finite. */
  Plot line(String style, int count, IntToDoubleFunction xs, IntToDoubleFunction ys) {
    StringBuilder path = new StringBuilder();
    boolean pen = false;
    for (int i = 0; i < count; i++) {
      double value = ys.applyAsDouble(i);
      if (Double.isFinite(value)) {
        path.append(pen ? 'L' : 'M').append(px(xs.applyAsDouble(i))).append(' ').append(py(value));
        boolean alone = !pen && (i + 1 == count || !Double.isFinite(ys.applyAsDouble(i + 1)));
        path.append(alone ? "h0" : "");
      }
      pen = Double.isFinite(value);
    }
    return path(style, path.toString());
  }

  /** The area between two curves, over the columns where both are finite. */
  Plot band(
      String style,
      int count,
      IntToDoubleFunction xs,
      IntToDoubleFunction lows,
      IntToDoubleFunction highs) {
    StringBuilder path = new StringBuilder();
    int i = 0;
    while (i < count) {
      int from = i;
      while (i < count && Double.isFinite(lows.applyAsDouble(i) + highs.applyAsDouble(i))) {
        i++;
      }
      for (int k = from; k < i; k++) {
        path.append(k == from ? 'M' : 'L').append(px(xs.applyAsDouble(k)));
        path.append(' ').append(py(highs.applyAsDouble(k)));
      }
      for (int k = i - 1; k >= from; k--) {
        path.append('L').append(px(xs.applyAsDouble(k))).append(' ');
        path.append(py(lows.applyAsDouble(k)));
      }
      path.append(i > from ? "Z" : "");
      i = Math.max(i, from + 1);
    }
    return path(style, path.toString());
  }

  /** Bars from the low end: bar i stands from edge i to edge i + 1. */
  Plot bars(String style, int count, IntToDoubleFunction edges, IntToDoubleFunction heights) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < count; i++) {
      double value = heights.applyAsDouble(i);
      if (value > 0) {
        path.append('M').append(px(edges.applyAsDouble(i))).append(" 1000V").append(py(value));
        path.append('H').append(px(edges.applyAsDouble(i + 1))).append("V1000Z");
      }
    }
    return path(style, path.toString());
  }

  /** Upright lines over the whole height at the values that lie in the plot. */
  Plot uprights(String style, double[] values) {
    StringBuilder path = new StringBuilder();
    for (double value : values) {
      if (x.contains(value)) {
        path.append('M').append(px(value)).append(" 0V1000");
      }
    }
    return path(style, path.toString());
  }

  /** A shade over the whole height between two values. */
  Plot block(String style, double from, double to) {
    return path(style, "M" + px(from) + " 0V1000H" + px(to) + "V0");
  }

  private Plot path(String style, String path) {
    if (!path.isEmpty()) {
      drawing.open("path", "class", style, "d", path).close("path");
    }
    return this;
  }

  /** Names a curve at the right edge, at the height of its last value. */
  Plot label(String text, String style, double lastValue) {
    if (Double.isFinite(lastValue)) {
      labels.add(new EndLabel(text, style, y.position(lastValue)));
    }
    return this;
  }

  /** Text shown while the pointer is nearest to x. */
  Plot hover(double atX, String text) {
    hoverX.add(number(1000 * x.position(atX)));
    hoverText.add(text);
    return this;
  }

  /** The finished chart, read aloud as {@code description}. */
  Markup render(String description) {
    Markup out = new Markup();
    if (!yTitle.isEmpty()) {
      out.element("div", yTitle, "class", "ytitle");
    }
    out.open(
        "div",
        "class",
        x.ticks().isEmpty() ? "plot upper" : "plot",
        "style",
        "height:" + height + "px");
    out.open(
        "svg",
        "viewBox",
        "0 0 1000 1000",
        "preserveAspectRatio",
        "none",
        "role",
        "img",
        "aria-label",
        description);
    grid(out);
    out.add(drawing).close("svg");
    ticks(out);
    endLabels(out);
    if (!hoverX.isEmpty()) {
      out.element("i", String.join(" ", hoverX), "class", "at", "hidden", "");
      out.element("i", String.join("|", hoverText), "class", "say", "hidden", "");
    }
    return out.close("div").line();
  }

  private void grid(Markup out) {
    StringBuilder path = new StringBuilder();
    for (Axis.Tick tick : y.ticks()) {
      path.append("M0 ").append(py(tick.value())).append("H1000");
    }
    out.open("path", "class", "grid", "d", path.toString()).close("path");
    out.open("path", "class", "base", "d", "M0 1000H1000").close("path");
  }

  private void ticks(Markup out) {
    for (Axis.Tick tick : y.ticks()) {
      String at = "bottom:" + number(100 * y.position(tick.value())) + "%";
      out.element("span", tick.label(), "class", "y", "style", at);
    }
    for (int i = 0; i < x.ticks().size(); i++) {
      Axis.Tick tick = x.ticks().get(i);
      String at = "left:" + number(100 * x.position(tick.value())) + "%";
      out.element("span", tick.label(), "class", i % 2 == 1 ? "x odd" : "x", "style", at);
    }
    if (!xTitle.isEmpty()) {
      out.element("span", xTitle, "class", "xtitle");
    }
  }

  /** Pushes labels apart upwards, from the lowest, so that none covers another. */
  private void endLabels(Markup out) {
    double gap = LABEL_HEIGHT / height;
    double free = Double.NEGATIVE_INFINITY;
    for (EndLabel label :
        labels.stream().sorted(Comparator.comparingDouble(EndLabel::bottom)).toList()) {
      double bottom = Math.max(label.bottom(), free);
      free = bottom + gap;
      String at = "bottom:" + number(100 * bottom) + "%";
      out.element("span", label.text(), "class", "end " + label.style(), "style", at);
    }
  }

  private String px(double value) {
    return number(SPAN * x.position(value));
  }

  private String py(double value) {
    return number(SPAN * (1 - y.position(value)));
  }

  /** One decimal is a twentieth of a pixel on the widest page. */
  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}
