package dev.swage.report.html;

import dev.swage.report.Numbers;
import dev.swage.report.WeightRanges;
import dev.swage.report.WeightRanges.Epoch;
import dev.swage.report.WeightRanges.Weight;
import dev.swage.report.WeightRanges.WidthCost;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The part of a run's section where clipping, range control and quantization meet. */
final class RangeSection {
  private RangeSection() {}

  /**
   * @param stage of training through codes; empty for the training in floats
   */
  static Markup render(String stage, WeightRanges ranges) {
    Markup out = new Markup();
    String title = "From clipping to quantization";
    out.element("h3", stage.isEmpty() ? title : title + ": " + stage).line();
    for (String finding : ranges.findings()) {
      out.element("p", finding).line();
    }
    overview(out, ranges.weights());
    out.element(
            "p",
            "The first number is of the first epoch, the second of the last. Relative errors are of"
                + " codes with one symmetric scale for the whole weight; with a scale for each"
                + " channel or group they are smaller.",
            "class",
            "note")
        .line();
    for (Weight weight : ranges.weights()) {
      if (weight.epochs().size() > 1) {
        epochs(out, weight);
      }
    }
    return out;
  }

  private static void overview(Markup out, List<Weight> weights) {
    begin(out, List.of("weight", "range control"), List.of("largest / σ", "kurtosis"), weights);
    for (Weight weight : weights) {
      out.open("tr").element("th", weight.name(), "scope", "row");
      out.element("td", weight.control());
      number(out, fromTo(weight, Epoch::largestOverStd));
      number(out, fromTo(weight, Epoch::kurtosis));
      for (int i = 0; i < weight.last().errors().size(); i++) {
        int width = i;
        number(
            out,
            percent(weight.epochs().getFirst().errors().get(width).relativeError())
                + " → "
                + percent(weight.last().errors().get(width).relativeError()));
      }
      clipping(out, weight.last());
      out.close("tr").line();
    }
    out.close("tbody").close("table").close("div").line();
  }

  private static String fromTo(Weight weight, ToDoubleFunction<Epoch> figure) {
    return figure(figure.applyAsDouble(weight.epochs().getFirst()))
        + " → "
        + figure(figure.applyAsDouble(weight.last()));
  }

  private static void epochs(Markup out, Weight weight) {
    out.open("details").element("summary", weight.name() + ", epoch by epoch");
    begin(out, List.of("epoch"), List.of("largest / σ", "kurtosis"), List.of(weight));
    for (Epoch epoch : weight.epochs()) {
      out.open("tr").element("th", Integer.toString(epoch.epoch()), "scope", "row");
      number(out, figure(epoch.largestOverStd()));
      number(out, figure(epoch.kurtosis()));
      epoch.errors().forEach(cost -> number(out, percent(cost.relativeError())));
      clipping(out, epoch);
      out.close("tr").line();
    }
    out.close("tbody").close("table").close("div").close("details").line();
  }

  private static void begin(
      Markup out, List<String> texts, List<String> numbers, List<Weight> weights) {
    out.open("div", "class", "scroll").open("table").open("thead").open("tr");
    texts.forEach(name -> out.element("th", name, "scope", "col"));
    numbers.forEach(name -> head(out, name));
    for (WidthCost cost : weights.getFirst().last().errors()) {
      head(out, String.format(Locale.ROOT, "error, %d bit", cost.bits()));
    }
    for (String name : List.of("limit", "at the limit", "largest gradient norm", "steps clipped")) {
      head(out, name);
    }
    out.close("tr").close("thead").open("tbody").line();
  }

  private static void clipping(Markup out, Epoch epoch) {
    boolean limited = Double.isFinite(epoch.limit());
    number(out, limited ? Numbers.significant(epoch.limit(), 3) : "–");
    number(out, limited ? Numbers.percent(epoch.atLimit(), 1) : "–");
    number(out, figure(epoch.gradientNorm()));
    number(out, Numbers.percent(epoch.clippedShare(), 1));
  }

  private static String figure(double value) {
    return Double.isFinite(value) ? Numbers.significant(value, 3) : "–";
  }

  private static String percent(double value) {
    return Double.isFinite(value) ? Numbers.percent(value, 1) : "–";
  }

  private static void head(Markup out, String name) {
    out.element("th", name, "scope", "col", "class", "n");
  }

  private static void number(Markup out, String text) {
    out.element("td", text, "class", "n");
  }
}
