package dev.swage.cli.quantize;

import dev.swage.cli.console.Tables;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.report.QuantizeReport;
import dev.swage.report.QuantizeReport.WeightDecision;
import dev.swage.report.TextTable;

/** What became of each weight, for the terminal. */
final class WeightTable {
  private WeightTable() {}

  static String of(QuantizedModel quantized) {
    TextTable table =
        TextTable.of(
            TextTable.text("weight"),
            TextTable.text("decision"),
            TextTable.text("how, or why not"),
            TextTable.number("SQNR dB"),
            TextTable.number("bytes before"),
            TextTable.number("after"));
    for (WeightDecision weight : Decisions.of(quantized)) {
      boolean kept = weight.decision() == QuantizeReport.Decision.KEEP;
      table.row(
          weight.name(),
          kept ? "keep" : weight.bits().orElseThrow() + " bits",
          kept ? weight.reason() : weight.granularity(),
          kept ? "" : Tables.decibels(weight.sqnrDb()),
          "%,d".formatted(weight.bytesBefore()),
          "%,d".formatted(weight.bytesAfter()));
    }
    return table.render();
  }
}
