package dev.swage.report.html;

import dev.swage.report.Numbers;
import dev.swage.report.OutputResult;
import java.util.List;
import java.util.Locale;

/** Outputs of a model against another's, and the parts that are quantities of their own. */
final class OutputRows {
  private OutputRows() {}

  static Markup render(List<OutputResult> outputs) {
    Rows rows = new Rows("output", "type", "SQNR, dB", "largest difference", "note");
    for (OutputResult output : outputs) {
      rows.row(
          output.name(),
          output.type(),
          output.sqnrDb().isPresent() ? Numbers.decibels(output.sqnrDb().getAsDouble()) : "–",
          output.agreement().isPresent() ? "–" : Numbers.significant(output.maxAbsError(), 3),
          note(output));
      for (OutputResult.Place place : output.quantities()) {
        rows.row(
            output.name() + ", " + places(place), "", Numbers.decibels(place.sqnrDb()), "", "");
      }
    }
    return rows.render();
  }

  private static String note(OutputResult output) {
    return output.agreement().isPresent()
        ? Numbers.percent(output.agreement().getAsDouble(), 2) + " of the elements agree"
        : output.unmeasured().isEmpty() ? "" : "not measurable: " + output.unmeasured();
  }

  private static String places(OutputResult.Place place) {
    return String.format(
        Locale.ROOT, "%d…%d of axis %d", place.from(), place.to() - 1, place.axis());
  }
}
