package dev.swage.report.html;

import dev.swage.report.ModelResult;
import dev.swage.report.Numbers;
import dev.swage.report.RunReport;
import dev.swage.report.WeightProfile;
import dev.swage.report.WeightProfile.Distribution;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** The page's tables. */
final class Tables {
  private Tables() {}

  /** The files of a run against the first of them. */
  static Markup models(RunReport run) {
    boolean accuracy = run.models().stream().anyMatch(m -> m.accuracy().isPresent());
    boolean loss = run.models().stream().anyMatch(m -> m.loss().isPresent());
    Markup out = new Markup();
    out.open("div", "class", "scroll").open("table").open("thead").open("tr");
    head(out, "", "model");
    head(out, "file", "file");
    head(out, "n", "size", "of " + run.reference().name());
    if (accuracy) {
      head(out, "n", "accuracy", "points");
    }
    if (loss) {
      head(out, "n", "loss");
    }
    head(out, "n", "p50 ms", "p95 ms", "speed");
    out.close("tr").close("thead").open("tbody").line();
    for (ModelResult model : run.models()) {
      out.open("tr").element("th", model.name(), "scope", "row");
      out.open("td", "class", "file").element("code", model.path()).close("td");
      modelNumbers(out, model, run.reference(), accuracy, loss);
      out.close("tr").line();
    }
    return out.close("tbody").close("table").close("div").line();
  }

  private static void modelNumbers(
      Markup out, ModelResult model, ModelResult reference, boolean accuracy, boolean loss) {
    boolean self = model.equals(reference);
    double size = model.sizeRatioTo(reference);
    number(out, Numbers.bytes(model.bytes()));
    String bar = String.format(Locale.ROOT, "--ratio:%.3f", Math.min(1, size));
    out.element("td", Numbers.ratio(size), "class", "n bar", "style", bar);
    if (accuracy) {
      number(out, show(model.accuracy(), v -> Numbers.percent(v, 2)));
      number(out, self ? "" : points(model.accuracy(), reference.accuracy()));
    }
    if (loss) {
      number(out, show(model.loss(), v -> Numbers.significant(v, 4)));
    }
    number(out, Numbers.significant(model.latency().p50(), 3));
    number(out, Numbers.significant(model.latency().p95(), 3));
    number(out, self ? "" : show(model.speedup(), Numbers::ratio));
  }

  private static String points(OptionalDouble value, OptionalDouble reference) {
    return value.isPresent() && reference.isPresent()
        ? Numbers.points(value.getAsDouble() - reference.getAsDouble())
        : "–";
  }

  private static String show(
      OptionalDouble value, java.util.function.DoubleFunction<String> format) {
    return value.isPresent() ? format.apply(value.getAsDouble()) : "–";
  }

  /** The weights' figures and the error expected at each width. */
  static Markup weights(List<WeightProfile> weights) {
    List<Integer> widths =
        weights.stream()
            .flatMap(w -> w.expectedError().stream().map(WeightProfile.WidthError::bits))
            .distinct()
            .sorted((a, b) -> b - a)
            .toList();
    Markup out = new Markup();
    out.open("div", "class", "scroll").open("table").open("thead").open("tr");
    head(out, "", "weight", "shape");
    head(out, "n", "values", "min", "max", "std", "kurtosis");
    widths.forEach(bits -> head(out, "n", bits + " bit"));
    head(out, "n", "advice");
    out.close("tr").close("thead").open("tbody").line();
    for (WeightProfile weight : weights) {
      weightRow(out, weight, widths);
    }
    return out.close("tbody").close("table").close("div").line();
  }

  private static void weightRow(Markup out, WeightProfile weight, List<Integer> widths) {
    Map<Integer, Double> errors =
        weight.expectedError().stream()
            .collect(Collectors.toMap(e -> e.bits(), e -> e.sqnrDb(), (first, second) -> first));
    Distribution d = weight.distribution();
    out.open("tr").element("th", weight.name(), "scope", "row");
    out.element("td", shape(weight));
    number(
        out,
        Numbers.count(d.count())
            + (d.nonFinite() == 0 ? "" : " (" + d.nonFinite() + " not finite)"));
    for (double value : new double[] {d.min(), d.max(), d.std(), d.kurtosis()}) {
      number(out, Numbers.significant(value, 3));
    }
    for (int bits : widths) {
      String text = errors.containsKey(bits) ? Numbers.decibels(errors.get(bits)) : "–";
      out.element("td", text, "class", bits == weight.recommendedBits() ? "n pick" : "n");
    }
    number(out, weight.recommendedBits() + " bit");
    out.close("tr").line();
  }

  static String shape(WeightProfile weight) {
    return weight.shape().isEmpty()
        ? "scalar"
        : weight.shape().stream().map(String::valueOf).collect(Collectors.joining("×"));
  }

  /** Names and values. */
  static Markup facts(Map<String, String> facts) {
    Markup out = new Markup().open("dl");
    facts.forEach((name, value) -> out.element("dt", name).element("dd", value).line());
    return out.close("dl").line();
  }

  private static void head(Markup out, String style, String... names) {
    for (String name : names) {
      out.element("th", name, "scope", "col", "class", style);
    }
  }

  private static void number(Markup out, String text) {
    out.element("td", text, "class", "n");
  }
}
