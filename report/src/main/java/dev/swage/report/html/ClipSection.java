package dev.swage.report.html;

import dev.swage.report.ClipTelemetry;
import dev.swage.report.ClipTelemetry.CoefficientBin;
import dev.swage.report.ClipTelemetry.HeatMap;
import dev.swage.report.ClipTelemetry.Spike;
import dev.swage.report.Numbers;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The part of a run's section that looks at clipping closely. */
final class ClipSection {
  /** Rows of the heat map; the parameters with the largest norms. */
  private static final int ROWS = 24;

  private static final int SHADES = 10;
  private static final int ROW_HEIGHT = 14;

  /** Norms below this part of the largest are drawn as nothing. */
  private static final double FAINTEST = 1e-3;

  /** Samples of a spike's batch that are printed. */
  private static final int SAMPLES = 8;

  private ClipSection() {}

  static Markup render(ClipTelemetry telemetry) {
    Markup out = new Markup();
    if (telemetry.coefficients().stream().anyMatch(bin -> bin.steps() > 0)) {
      coefficients(out, telemetry.coefficients());
    }
    if (!telemetry.norms().rows().isEmpty()) {
      heatMap(out, telemetry.norms());
    }
    if (!telemetry.spikes().isEmpty()) {
      spikes(out, telemetry.spikes());
    }
    return out;
  }

  private static void coefficients(Markup out, List<CoefficientBin> bins) {
    long all = bins.stream().mapToLong(CoefficientBin::steps).sum();
    out.element("h4", "How hard steps were clipped");
    out.open("div", "class", "scroll").open("table").open("thead").open("tr");
    out.element("th", "coefficient", "scope", "col").element("th", "steps", "class", "n");
    out.element("th", "share", "class", "n").close("tr").close("thead").open("tbody").line();
    for (CoefficientBin bin : bins) {
      double share = (double) bin.steps() / all;
      out.open("tr").element("th", name(bin), "scope", "row");
      out.element("td", Numbers.count(bin.steps()), "class", "n");
      out.element(
          "td",
          Numbers.percent(share, 1),
          "class",
          "n bar",
          "style",
          String.format(Locale.ROOT, "--ratio:%.4f", share));
      out.close("tr").line();
    }
    out.close("tbody").close("table").close("div").line();
  }

  private static String name(CoefficientBin bin) {
    return bin.from() >= 1
        ? "1, not clipped"
        : String.format(
            Locale.ROOT,
            "%s to %s",
            Numbers.trimmed(bin.from(), 3),
            Numbers.trimmed(bin.below(), 3));
  }

  private static void heatMap(Markup out, HeatMap map) {
    List<HeatMap.Row> rows =
        map.rows().stream()
            .sorted(Comparator.comparingDouble(ClipSection::peak).reversed())
            .limit(ROWS)
            .toList();
    double largest = peak(rows.getFirst());
    out.element("h4", "Gradient norm by parameter");
    out.open("figure").open("div", "class", "heat");
    for (HeatMap.Row row : rows) {
      out.element("span", row.parameter());
      row(out, row, largest);
      out.element("span", Numbers.significant(peak(row), 3), "class", "n");
    }
    out.close("div");
    out.element("figcaption", caption(map, rows.size(), largest)).close("figure").line();
  }

  private static String caption(HeatMap map, int drawn, double largest) {
    String omitted =
        drawn < map.rows().size()
            ? String.format(
                Locale.ROOT,
                " The %d parameters with the largest norms of %d.",
                drawn,
                map.rows().size())
            : "";
    return String.format(
        Locale.ROOT,
        "Steps from left to right, %s in each column; darker is larger, on a log scale up to %s."
            + " At the right, each parameter's largest norm.%s",
        map.stepsPerColumn() == 1 ? "one" : Numbers.count(map.stepsPerColumn()),
        Numbers.significant(largest, 3),
        omitted);
  }

  private static double peak(HeatMap.Row row) {
    return row.norms().stream().mapToDouble(Double::doubleValue).max().orElse(0);
  }

  private static void row(Markup out, HeatMap.Row row, double largest) {
    int columns = row.norms().size();
    out.open(
        "svg",
        "viewBox",
        String.format(Locale.ROOT, "0 0 %d 1", columns),
        "preserveAspectRatio",
        "none",
        "height",
        Integer.toString(ROW_HEIGHT),
        "role",
        "img",
        "aria-label",
        String.format(Locale.ROOT, "Gradient norm of %s by step", row.parameter()));
    for (int shade = 1; shade <= SHADES; shade++) {
      StringBuilder path = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        if (shade(row.norms().get(c), largest) == shade) {
          path.append('M').append(c).append(" 0h1v1h-1z");
        }
      }
      if (!path.isEmpty()) {
        String opacity = String.format(Locale.ROOT, "%.1f", (double) shade / SHADES);
        out.open("path", "d", path.toString(), "fill-opacity", opacity).close("path");
      }
    }
    out.close("svg").line();
  }

  private static int shade(double norm, double largest) {
    if (!(norm > 0)) {
      return 0;
    }
    double depth = 1 - Math.log(norm / largest) / Math.log(FAINTEST);
    return (int) Math.ceil(Math.clamp(depth, 0, 1) * SHADES);
  }

  private static void spikes(Markup out, List<Spike> spikes) {
    out.element("h4", "Steps that stood out");
    out.open("div", "class", "scroll").open("table").open("thead").open("tr");
    for (String name : List.of("step", "epoch", "norm", "× median before")) {
      out.element("th", name, "scope", "col", "class", "n");
    }
    out.element("th", "largest share", "scope", "col");
    out.element("th", "samples of the batch", "scope", "col");
    out.close("tr").close("thead").open("tbody").line();
    for (Spike spike : spikes) {
      out.open("tr");
      for (String number :
          List.of(
              Numbers.count(spike.step()),
              Integer.toString(spike.epoch()),
              Double.isFinite(spike.norm()) ? Numbers.significant(spike.norm(), 3) : "not finite",
              Double.isFinite(spike.timesMedian())
                  ? Numbers.significant(spike.timesMedian(), 3)
                  : "–")) {
        out.element("td", number, "class", "n");
      }
      out.element("td", spike.topParameter()).element("td", samples(spike.samples()));
      out.close("tr").line();
    }
    out.close("tbody").close("table").close("div");
    out.element(
            "p",
            "history.jsonl has all sample numbers; train --replay STEP repeats such a step.",
            "class",
            "note")
        .line();
  }

  private static String samples(List<Integer> samples) {
    String first =
        samples.stream().limit(SAMPLES).map(String::valueOf).collect(Collectors.joining(", "));
    return samples.size() > SAMPLES
        ? first + String.format(Locale.ROOT, ", … (%d)", samples.size())
        : first;
  }
}
