package dev.swage.report.html;

import dev.swage.report.ClipSummary;
import dev.swage.report.EpochPoint;
import dev.swage.report.Headline;
import dev.swage.report.Numbers;
import dev.swage.report.QuantGrid;
import dev.swage.report.RunReport;
import dev.swage.report.WeightProfile;
import java.util.List;
import java.util.Locale;

/** One run's part of the page. */
final class RunSection {
  /** Weights drawn at once; the others are folded away. */
  private static final int DRAWN_WEIGHTS = 12;

  /** Where clipping stops being a guard and becomes the step size. */
  private static final double ALMOST_ALL = 0.95;

  private RunSection() {}

  static Markup render(RunReport run, String id) {
    Markup out = new Markup().open("section", "id", id).line();
    out.element("h2", run.title());
    out.element("p", Headline.of(run), "class", "headline");
    out.element("p", run.description(), "class", "mute").line();
    out.add(Tables.models(run));
    out.element("p", latencyNote(run), "class", "note").line();
    learning(out, run);
    clipping(out, run);
    run.ranges().ifPresent(ranges -> out.add(RangeSection.render("", ranges)));
    run.stages().forEach(stage -> out.add(RangeSection.render(stage.stage(), stage.ranges())));
    weights(out, run.weights());
    if (!run.provenance().isEmpty()) {
      out.element("h3", "To repeat it").add(Tables.facts(run.provenance()));
    }
    return out.close("section").line();
  }

  private static String latencyNote(RunReport run) {
    return String.format(
        Locale.ROOT,
        "Latency is the time of one call with %s in ONNX Runtime, after warm-up, over %s calls;"
            + " speed is the median of paired ratios: of the times of one call of each, right after one another.",
        run.reference().latency().batch() == 1
            ? "one sample"
            : run.reference().latency().batch() + " samples",
        Numbers.count(run.reference().latency().calls()));
  }

  private static void learning(Markup out, RunReport run) {
    List<EpochPoint> epochs = run.epochs();
    if (epochs.isEmpty()) {
      return;
    }
    out.element("h3", "Learning").open("figure").add(Charts.loss(epochs)).close("figure");
    double first = epochs.getFirst().learningRate();
    if (epochs.stream().anyMatch(p -> p.learningRate() != first)) {
      out.open("figure").add(Charts.learningRate(epochs)).close("figure");
    } else {
      out.element(
          "p", "Learning rate " + Numbers.trimmed(first, 4) + " throughout.", "class", "note");
    }
  }

  private static void clipping(Markup out, RunReport run) {
    out.element("h3", "Gradient clipping");
    out.element("p", clipSentence(run.clip())).line();
    if (!run.gradients().columns().isEmpty()) {
      out.open("figure").add(Charts.gradientNorm(run.gradients()));
      out.add(Charts.clippedShare(run.gradients()));
      out.element("figcaption", normCaption(run)).close("figure").line();
    }
    out.add(ClipSection.render(run.telemetry()));
  }

  private static String clipSentence(ClipSummary clip) {
    StringBuilder text = new StringBuilder();
    if (Double.isInfinite(clip.threshold())) {
      text.append("Nothing was clipped in ").append(Numbers.count(clip.steps())).append(" steps.");
    } else {
      text.append(
          String.format(
              Locale.ROOT,
              "%s of %s steps were clipped (%s) by %s at threshold %s.",
              Numbers.count(clip.clippedSteps()),
              Numbers.count(clip.steps()),
              Numbers.percent(clip.clippedShare(), 1),
              clip.method(),
              Numbers.trimmed(clip.threshold(), 4)));
    }
    if (clip.skippedSteps() > 0) {
      text.append(
          String.format(
              Locale.ROOT,
              " %s steps were skipped: their gradients were not finite.",
              Numbers.count(clip.skippedSteps())));
    }
    if (clip.steps() > 0 && clip.clippedShare() >= ALMOST_ALL) {
      text.append(
          " Almost every step was clipped: the threshold acts as a step size"
              + " rather than as a guard against explosions.");
    }
    List<Double> q = clip.normQuartiles();
    return text.append(
            String.format(
                Locale.ROOT,
                " Norm before clipping: minimum %s, quartiles %s, %s, %s, maximum %s.",
                q.stream().map(v -> (Object) Numbers.significant(v, 3)).toArray()))
        .toString();
  }

  private static String normCaption(RunReport run) {
    long wide = run.gradients().columns().getFirst().steps();
    return wide == 1
        ? "The norm before clipping, at every step."
        : String.format(
            Locale.ROOT,
            "Each column holds about %s steps: the shade spans their smallest to largest norm, the"
                + " line is their median.",
            Numbers.count(wide));
  }

  private static void weights(Markup out, List<WeightProfile> weights) {
    if (weights.isEmpty()) {
      return;
    }
    out.element("h3", "Weights and their quantization grid").line();
    int drawn = Math.min(DRAWN_WEIGHTS, weights.size());
    histograms(out, weights.subList(0, drawn));
    if (drawn < weights.size()) {
      out.open("details").element("summary", (weights.size() - drawn) + " more weights");
      histograms(out, weights.subList(drawn, weights.size()));
      out.close("details");
    }
    out.add(Tables.weights(weights));
    out.element(
            "p",
            "Under each width: the signal to quantization noise ratio to expect, in decibels"
                + " (6 dB more is half the error). The advised width stands out.",
            "class",
            "note")
        .line();
  }

  private static void histograms(Markup out, List<WeightProfile> weights) {
    out.open("div", "class", "small").line();
    for (WeightProfile weight : weights) {
      out.open("figure");
      out.open("figcaption").element("b", weight.name()).text(" " + Tables.shape(weight));
      out.close("figcaption").add(Charts.histogram(weight));
      for (QuantGrid grid : weight.grids()) {
        out.element("p", gridText(grid), "class", "grid-note " + Charts.gridStyle(grid));
      }
      out.close("figure").line();
    }
    out.close("div").line();
  }

  private static String gridText(QuantGrid grid) {
    return String.format(
        Locale.ROOT,
        "int%d: %d levels from %s to %s, %s apart (%s)",
        grid.bits(),
        Charts.levels(grid),
        Numbers.significant(grid.level(grid.lowCode()), 3),
        Numbers.significant(grid.level(grid.highCode()), 3),
        Numbers.significant(grid.scale(), 3),
        grid.granularity());
  }
}
