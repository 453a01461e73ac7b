package dev.swage.cli.train;

import dev.swage.cli.console.Console;
import dev.swage.clip.NormMap;
import dev.swage.range.RangeDoctor;
import dev.swage.range.RangeFinding;
import dev.swage.range.WeightRecord;
import dev.swage.report.WeightRanges;
import dev.swage.train.TrainingHistory;
import dev.swage.train.TrainingRun;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a run's weights spread, beside their clipping: as lines, and as records for reports. */
final class WeightReports {
  private WeightReports() {}

  /** What the records say, a line each; nothing where weights were not recorded. */
  static void print(List<WeightRecord> records, Console console) {
    if (records.isEmpty()) {
      return;
    }
    List<RangeFinding> findings = RangeDoctor.examine(records);
    findings.forEach(finding -> console.line("range doctor: %s", finding.line()));
    if (findings.isEmpty()) {
      console.line("range doctor: nothing to change");
    }
  }

  /** Empty where weights were not recorded. */
  static Optional<WeightRanges> of(TrainingRun run) {
    TrainingHistory history = run.history();
    if (history.weights().isEmpty()) {
      return Optional.empty();
    }
    Map<String, List<WeightRecord>> byWeight = new LinkedHashMap<>();
    for (WeightRecord record : history.weights()) {
      byWeight.computeIfAbsent(record.weight(), _ -> new ArrayList<>()).add(record);
    }
    List<WeightRanges.Weight> weights = new ArrayList<>();
    byWeight.forEach((name, records) -> {
      List<WeightRanges.Epoch> epochs =
          records.stream().map(r -> epoch(r, history, run.plan().stepsPerEpoch())).toList();
      weights.add(new WeightRanges.Weight(name, records.getLast().control(), epochs));
    });
    return Optional.of(
        new WeightRanges(
            weights,
            RangeDoctor.examine(history.weights()).stream().map(RangeFinding::line).toList()));
  }

  private static WeightRanges.Epoch epoch(
      WeightRecord record, TrainingHistory history, long stepsPerEpoch) {
    long first = (record.epoch() - 1) * stepsPerEpoch;
    long end = Math.min(first + stepsPerEpoch, history.norms().steps());
    List<WeightRanges.WidthCost> errors = new ArrayList<>();
    for (int bits : WeightRecord.WIDTHS) {
      errors.add(new WeightRanges.WidthCost(bits, record.error(bits)));
    }
    return new WeightRanges.Epoch(
        record.epoch(),
        record.largestOverStd(),
        record.kurtosis(),
        errors,
        record.limit(),
        record.atLimit(),
        largest(history.norms(), record.weight(), first, end),
        clippedShare(history.clip().clipped(), first, end));
  }

  /** Over the columns of the map that have steps of the epoch. */
  private static double largest(NormMap norms, String weight, long first, long end) {
    List<Double> row = norms.rows().getOrDefault(weight, List.of());
    long from = first / norms.stepsPerColumn();
    long to = Math.min(row.size(), Math.ceilDiv(end, norms.stepsPerColumn()));
    return row.subList((int) Math.min(from, to), (int) to).stream()
        .mapToDouble(Double::doubleValue)
        .max()
        .orElse(0);
  }

  private static double clippedShare(BitSet clipped, long first, long end) {
    int steps = clipped.get((int) first, (int) Math.max(first, end)).cardinality();
    return end > first ? (double) steps / (end - first) : 0;
  }
}
