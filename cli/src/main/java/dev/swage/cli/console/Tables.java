package dev.swage.cli.console;

import dev.swage.clip.NormStatistics;
import dev.swage.report.ModelResult;
import dev.swage.report.TextTable;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.OptionalDouble;

/** Tables for the terminal. */
public final class Tables {
  private Tables() {}

  /** Models against the first of them. */
  public static String models(List<ModelResult> models) {
    ModelResult reference = models.getFirst();
    TextTable table =
        TextTable.of(
            TextTable.text("model"),
            TextTable.number("bytes"),
            TextTable.number("size"),
            TextTable.number("accuracy"),
            TextTable.number("points"),
            TextTable.number("loss"),
            TextTable.number("p50 ms"),
            TextTable.number("p95 ms"),
            TextTable.number("speed"),
            TextTable.text("file"));
    for (int i = 0; i < models.size(); i++) {
      ModelResult model = models.get(i);
      boolean first = i == 0;
      table.row(
          model.name(),
          "%,d".formatted(model.bytes()),
          first ? "" : "%.3f×".formatted(model.sizeRatioTo(reference)),
          model.accuracy().isPresent()
              ? "%.2f %%".formatted(100 * model.accuracy().getAsDouble())
              : "–",
          first ? "" : points(model.accuracy(), reference.accuracy()),
          model.loss().isPresent() ? "%.4f".formatted(model.loss().getAsDouble()) : "–",
          "%.3f".formatted(model.latency().p50()),
          "%.3f".formatted(model.latency().p95()),
          model.speedup().isPresent() ? "%.2f×".formatted(model.speedup().getAsDouble()) : "",
          model.path());
    }
    return table.render();
  }

  /** Thresholds by rule of thumb, ready to paste into a recipe. */
  public static String thresholds(List<NormStatistics.Suggestion> suggestions) {
    TextTable table =
        TextTable.of(
            TextTable.text("threshold by rule"),
            TextTable.number("would clip"),
            TextTable.text("recipe"));
    for (NormStatistics.Suggestion suggestion : suggestions) {
      table.row(
          suggestion.rule(),
          "%.1f %%".formatted(100 * suggestion.clippedShare()),
          "clip: {norm: %s}".formatted(plain(suggestion.threshold())));
    }
    return table.render();
  }

  /** Three digits without an exponent. */
  private static String plain(double value) {
    return new BigDecimal(value).round(new MathContext(3)).stripTrailingZeros().toPlainString();
  }

  /** A ratio in decibels with one decimal; nothing lost is ∞. */
  public static String decibels(double value) {
    return Double.isInfinite(value) ? value > 0 ? "∞" : "−∞" : "%.1f".formatted(value);
  }

  private static String points(OptionalDouble accuracy, OptionalDouble reference) {
    return accuracy.isPresent() && reference.isPresent()
        ? "%+.2f".formatted(100 * (accuracy.getAsDouble() - reference.getAsDouble()))
        : "–";
  }
}
