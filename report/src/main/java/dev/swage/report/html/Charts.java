package dev.swage.report.html;

import dev.swage.report.EpochPoint;
import dev.swage.report.GradientSeries;
import dev.swage.report.GradientSeries.Column;
import dev.swage.report.Numbers;
import dev.swage.report.QuantGrid;
import dev.swage.report.ValueHistogram;
import dev.swage.report.WeightProfile;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** The page's charts, each from its records. */
final class Charts {
  /** Grids with more levels than this are drawn as a shade: lines would be a solid area. */
  private static final int DRAWN_LEVELS = 32;

  private static final int TALL = 230;
  private static final int LOW = 56;
  private static final int SMALL = 120;

  private Charts() {}

  /** Training and validation loss by epoch. */
  static Markup loss(List<EpochPoint> epochs) {
    ToDoubleFunction<EpochPoint> validation = p -> p.validationLoss().orElse(Double.NaN);
    Axis y =
        Axis.fit(
            DoubleStream.concat(
                epochs.stream().mapToDouble(EpochPoint::trainLoss),
                epochs.stream().mapToDouble(validation)),
            5);
    Plot plot = new Plot(epochAxis(epochs), y, TALL);
    plot.titles("epoch", y.logarithmic() ? "loss, log scale" : "loss");
    curve(plot, epochs, "training", "a", EpochPoint::trainLoss);
    if (epochs.stream().anyMatch(p -> p.validationLoss().isPresent())) {
      curve(plot, epochs, "validation", "b", validation);
    }
    for (EpochPoint p : epochs) {
      plot.hover(p.epoch(), epochText(p));
    }
    EpochPoint last = epochs.getLast();
    return plot.render(
        String.format(
            Locale.ROOT,
            "Loss by epoch; after epoch %d training %s",
            last.epoch(),
            Numbers.significant(last.trainLoss(), 3)));
  }

  private static String epochText(EpochPoint p) {
    StringBuilder text = new StringBuilder("epoch " + p.epoch());
    text.append("\ntraining loss ").append(Numbers.significant(p.trainLoss(), 4));
    p.validationLoss()
        .ifPresent(v -> text.append("\nvalidation loss ").append(Numbers.significant(v, 4)));
    p.validationAccuracy()
        .ifPresent(v -> text.append("\nvalidation accuracy ").append(Numbers.percent(v, 2)));
    return text.append("\nlearning rate ").append(Numbers.trimmed(p.learningRate(), 4)).toString();
  }

  /** Learning rate by epoch. */
  static Markup learningRate(List<EpochPoint> epochs) {
    double high = epochs.stream().mapToDouble(EpochPoint::learningRate).max().orElse(1);
    Axis y = Axis.fromZero(high, 2);
    Plot plot = new Plot(epochAxis(epochs), y, LOW).titles("epoch", "learning rate");
    curve(plot, epochs, "", "c", EpochPoint::learningRate);
    for (EpochPoint p : epochs) {
      plot.hover(
          p.epoch(),
          String.format(
              Locale.ROOT,
              "epoch %d\nlearning rate %s",
              p.epoch(),
              Numbers.trimmed(p.learningRate(), 4)));
    }
    return plot.render("Learning rate by epoch");
  }

  private static Axis epochAxis(List<EpochPoint> epochs) {
    int first = epochs.getFirst().epoch();
    int last = epochs.getLast().epoch();
    return first == last ? Axis.whole(first - 1, first + 1, 2) : Axis.whole(first, last, 6);
  }

  private static void curve(
      Plot plot,
      List<EpochPoint> epochs,
      String name,
      String style,
      ToDoubleFunction<EpochPoint> value) {
    plot.line(
        "line " + style,
        epochs.size(),
        i -> epochs.get(i).epoch(),
        i -> value.applyAsDouble(epochs.get(i)));
    plot.label(name, style, value.applyAsDouble(epochs.getLast()));
  }

  /** Gradient norm against threshold by step: extremes as an area, median as a line. */
  static Markup gradientNorm(GradientSeries series) {
    List<Column> columns = series.columns();
    Axis y =
        Axis.fit(
            columns.stream().flatMapToDouble(c -> DoubleStream.of(c.min(), c.max(), c.threshold())),
            5);
    Plot plot = new Plot(stepAxis(series).unmarked(), y, TALL);
    plot.titles("", y.logarithmic() ? "gradient norm, log scale" : "gradient norm");
    int n = columns.size();
    plot.band(
        "area a",
        n,
        i -> middle(columns.get(i)),
        i -> columns.get(i).min(),
        i -> columns.get(i).max());
    plot.line("line a", n, i -> middle(columns.get(i)), i -> columns.get(i).median());
    plot.line("line b", n, i -> middle(columns.get(i)), i -> columns.get(i).threshold());
    plot.uprights(
        "mark d",
        columns.stream().filter(c -> c.nonFinite() > 0).mapToDouble(Charts::middle).toArray());
    plot.label("median", "a", columns.getLast().median());
    plot.label("threshold", "b", columns.getLast().threshold());
    columns.forEach(c -> plot.hover(middle(c), stepText(c)));
    return plot.render("Gradient norm before clipping, against the threshold, by step");
  }

  /** Share of the steps clipped, by step. */
  static Markup clippedShare(GradientSeries series) {
    List<Column> columns = series.columns();
    Axis percent =
        new Axis(0, 1, false, List.of(new Axis.Tick(0, "0 %"), new Axis.Tick(1, "100 %")));
    Plot plot = new Plot(stepAxis(series), percent, LOW).titles("step", "share of steps clipped");
    plot.bars(
        "bars b",
        columns.size(),
        i -> i < columns.size() ? (double) columns.get(i).firstStep() : (double) series.steps(),
        i -> (double) columns.get(i).clipped() / columns.get(i).steps());
    columns.forEach(c -> plot.hover(middle(c), stepText(c)));
    return plot.render("Share of the steps clipped, by step");
  }

  private static Axis stepAxis(GradientSeries series) {
    return Axis.whole(0, (double) series.steps(), 5);
  }

  private static double middle(Column column) {
    return (column.firstStep() + column.lastStep() + 1) / 2.0;
  }

  private static String stepText(Column c) {
    String steps =
        c.steps() == 1
            ? "step " + Numbers.count(c.firstStep())
            : String.format(
                Locale.ROOT,
                "steps %s–%s",
                Numbers.count(c.firstStep()),
                Numbers.count(c.lastStep()));
    String norms =
        c.steps() == 1
            ? "norm " + Numbers.significant(c.median(), 3)
            : String.format(
                Locale.ROOT,
                "norm %s … %s … %s",
                Numbers.significant(c.min(), 3),
                Numbers.significant(c.median(), 3),
                Numbers.significant(c.max(), 3));
    String text =
        String.format(
            Locale.ROOT,
            "%s\n%s\nthreshold %s\nclipped %d of %d",
            steps,
            norms,
            Numbers.trimmed(c.threshold(), 4),
            c.clipped(),
            c.steps());
    return c.nonFinite() == 0 ? text : text + "\nnot finite: " + c.nonFinite();
  }

  /** A weight's values, with the levels of the narrow grids over them. */
  static Markup histogram(WeightProfile weight) {
    ValueHistogram histogram = weight.histogram();
    int bins = histogram.counts().size();
    double low = histogram.low();
    double high = histogram.high() > low ? histogram.high() : low + 1;
    double total = Math.max(1, histogram.total());
    double width = (high - low) / bins;
    Axis y =
        Axis.fit(
            DoubleStream.of(
                0,
                histogram.counts().stream().mapToLong(Long::longValue).max().orElse(1)
                    / total
                    * 100),
            2);
    Plot plot = new Plot(Axis.exact(low, high, 4), y, SMALL).titles("value", "% of values");
    plot.bars("bars a", bins, i -> low + i * width, i -> histogram.counts().get(i) / total * 100);
    for (QuantGrid grid : weight.grids()) {
      if (levels(grid) <= DRAWN_LEVELS) {
        plot.uprights("level " + gridStyle(grid), codes(grid).mapToDouble(grid::level).toArray());
      } else {
        plot.block(
            "block " + gridStyle(grid), grid.level(grid.lowCode()), grid.level(grid.highCode()));
      }
    }
    for (int i = 0; i < bins; i++) {
      plot.hover(
          low + (i + 0.5) * width,
          String.format(
              Locale.ROOT,
              "%s … %s\n%s of %s values",
              Numbers.significant(low + i * width, 3),
              Numbers.significant(low + (i + 1) * width, 3),
              Numbers.count(histogram.counts().get(i)),
              Numbers.count(histogram.total())));
    }
    return plot.render("Histogram of " + weight.name());
  }

  /** Narrow grids are lines of one colour, wide ones a shade of another. */
  static String gridStyle(QuantGrid grid) {
    return levels(grid) <= DRAWN_LEVELS ? "b" : "c";
  }

  static int levels(QuantGrid grid) {
    return grid.highCode() - grid.lowCode() + 1;
  }

  private static IntStream codes(QuantGrid grid) {
    return IntStream.rangeClosed(grid.lowCode(), grid.highCode());
  }
}
