package dev.swage.cli.compare;

import dev.swage.cli.console.Tables;
import dev.swage.report.OutputResult;
import dev.swage.run.measure.OutputError;
import dev.swage.run.measure.Part;
import dev.swage.run.score.OutputFidelity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Measured outputs: as records for reports, and as lines for the terminal. */
public final class OutputResults {
  private OutputResults() {}

  public static List<OutputResult> of(OutputFidelity fidelity) {
    return fidelity.outputs().stream().map(OutputResults::result).toList();
  }

  private static OutputResult result(OutputError output) {
    return new OutputResult(
        output.name(),
        output.dtype().name().toLowerCase(Locale.ROOT),
        output.sqnrDb(),
        output.maxAbsDiff(),
        output.agreement(),
        output.quantities().stream().map(OutputResults::place).toList(),
        output.variation().stream().map(OutputResults::place).toList(),
        output.unmeasured().map(OutputError.Unmeasured::text).orElse(""));
  }

  private static OutputResult.Place place(Part part) {
    return new OutputResult.Place(part.axis(), part.from(), part.to(), part.sqnrDb());
  }

  /**
   * A line for each output, and for the worst quantity in it.
   *
   * @param where on what it was measured, as {@code on 8 samples}
   */
  static List<String> lines(OutputFidelity fidelity, String where) {
    List<String> lines = new ArrayList<>();
    for (OutputError output : fidelity.outputs()) {
      lines.add("output '%s': %s, %s".formatted(output.name(), figures(output), where));
      output
          .worst()
          .filter(part -> !part.isWhole())
          .ifPresent(part ->
              lines.add(
                  "  a quantity of its own, %s: SQNR %s dB"
                      .formatted(part.places(), Tables.decibels(part.sqnrDb()))));
    }
    return lines;
  }

  private static String figures(OutputError output) {
    if (output.agreement().isPresent()) {
      return "%.2f %% of the elements agree".formatted(100 * output.agreement().getAsDouble());
    }
    if (Double.isNaN(output.maxAbsDiff())) {
      return "not measurable: it holds NaN or infinities";
    }
    String difference = "largest difference %.4g".formatted(output.maxAbsDiff());
    return output.sqnrDb().isPresent()
        ? "SQNR %s dB, %s".formatted(Tables.decibels(output.sqnrDb().getAsDouble()), difference)
        : "not measurable: %s; %s"
            .formatted(
                output.unmeasured().map(OutputError.Unmeasured::text).orElse(""), difference);
  }
}
