package dev.swage.cli.quantize;

import dev.swage.cli.console.Origins;
import dev.swage.compress.calibrate.Calibration;
import dev.swage.compress.calibrate.LeftOut;
import dev.swage.compress.calibrate.LeftOutReason;
import dev.swage.compress.calibrate.TensorCalibration;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.range.ActivationEstimator;
import dev.swage.quant.range.Range;
import dev.swage.report.CalibrateReport;
import dev.swage.report.TextTable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A calibration as a table: the range each estimator chooses for each tensor. */
final class CalibrationTable {
  private final Calibration calibration;
  private final List<CalibrateReport.Tensor> tensors;

  CalibrationTable(Calibration calibration, QuantScheme scheme) {
    this.calibration = calibration;
    tensors = calibration.tensors().stream().map(tensor -> map(tensor, scheme)).toList();
  }

  private static CalibrateReport.Tensor map(TensorCalibration tensor, QuantScheme scheme) {
    List<CalibrateReport.EstimatedRange> ranges = new ArrayList<>();
    for (ActivationEstimator estimator : ActivationEstimator.all()) {
      Range range = estimator.range(tensor.statistics(), scheme);
      ranges.add(
          new CalibrateReport.EstimatedRange(
              estimator.label(), range.min(), range.max(), tensor.statistics().saturation(range)));
    }
    return new CalibrateReport.Tensor(
        tensor.name(),
        tensor.statistics().histogram().total(),
        tensor.statistics().histogram().nonFinite(),
        ranges);
  }

  String render() {
    List<TextTable.Column> columns = new ArrayList<>();
    columns.add(TextTable.text("tensor"));
    columns.add(TextTable.number("elements"));
    ActivationEstimator.all().forEach(e -> columns.add(TextTable.number(e.label())));
    TextTable table = TextTable.of(columns.toArray(TextTable.Column[]::new));
    for (CalibrateReport.Tensor tensor : tensors) {
      List<String> cells = new ArrayList<>();
      cells.add(tensor.name());
      cells.add("%,d".formatted(tensor.elements()));
      tensor.ranges().forEach(range -> cells.add(cell(range)));
      table.row(cells.toArray(String[]::new));
    }
    return table.render();
  }

  private static String cell(CalibrateReport.EstimatedRange range) {
    String ends = "%.4g … %.4g".formatted(range.min(), range.max());
    return range.saturation() == 0 ? ends : ends + " (%.2g %%)".formatted(100 * range.saturation());
  }

  List<String> notes() {
    List<String> notes = new ArrayList<>();
    notes.add(
        "%,d samples of %s. In brackets: the share of the elements outside the range, which saturate."
            .formatted(calibration.samples(), calibration.data()));
    Map<LeftOutReason, Integer> reasons = new EnumMap<>(LeftOutReason.class);
    for (LeftOut leftOut : calibration.leftOut()) {
      reasons.merge(leftOut.reason(), 1, Integer::sum);
    }
    reasons.forEach((reason, count) ->
        notes.add("not observed: %,d values, %s".formatted(count, reason.text())));
    return notes;
  }

  CalibrateReport report() {
    return new CalibrateReport(
        Origins.now(),
        calibration.model(),
        calibration.data(),
        calibration.samples(),
        tensors,
        calibration.leftOut().stream()
            .map(l -> new CalibrateReport.LeftOut(l.tensor(), l.reason().label()))
            .toList());
  }
}
