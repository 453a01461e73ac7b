package dev.swage.cli.quantize;

import dev.swage.compress.plan.PlannedWeight;
import dev.swage.compress.plan.WeightSlot;
import dev.swage.compress.weights.WeightOutcome;
import dev.swage.compress.write.QuantizedModel;
import dev.swage.quant.Granularity;
import dev.swage.report.QuantizeReport;
import dev.swage.report.QuantizeReport.WeightDecision;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/** What became of each weight, as records for reports. */
public final class Decisions {
  private Decisions() {}

  static List<WeightDecision> of(QuantizedModel quantized) {
    return quantized.weights().stream().map(Decisions::of).toList();
  }

  private static WeightDecision of(WeightOutcome outcome) {
    PlannedWeight weight = outcome.plan();
    if (!weight.isQuantized()) {
      return WeightDecision.kept(weight.name(), weight.decision(), outcome.bytesBefore());
    }
    WeightSlot slot = weight.codes().getFirst();
    return new WeightDecision(
        weight.name(),
        QuantizeReport.Decision.QUANTIZE,
        weight
            .kept()
            .map(keep -> "for some of its readers: " + keep.text())
            .orElse("weight of a quantizable operator"),
        OptionalInt.of(slot.scheme().bits()),
        granularity(slot.scheme().granularity()),
        outcome.sqnrDb().orElse(Double.POSITIVE_INFINITY),
        outcome.bytesBefore(),
        outcome.bytesAfter());
  }

  public static String granularity(Granularity granularity) {
    return switch (granularity) {
      case Granularity.PerTensor tensor -> "per tensor";
      case Granularity.PerChannel(int axis) -> "per channel, axis " + axis;
      case Granularity.PerGroup(int axis, int size) ->
          String.format(Locale.ROOT, "groups of %d, axis %d", size, axis);
    };
  }
}
