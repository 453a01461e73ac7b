package dev.swage.cli;

import dev.swage.compress.QuantizedModel;
import dev.swage.compress.WeightDecision.Keep;
import dev.swage.compress.WeightDecision.Quantize;
import dev.swage.compress.WeightOutcome;
import dev.swage.quant.Granularity;
import dev.swage.report.QuantizeReport;
import dev.swage.report.QuantizeReport.WeightDecision;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/** What became of each weight, as records for reports. */
final class Decisions {
  private Decisions() {}

  static List<WeightDecision> of(QuantizedModel quantized) {
    return quantized.weights().stream().map(Decisions::of).toList();
  }

  private static WeightDecision of(WeightOutcome outcome) {
    String name = outcome.plan().name();
    return switch (outcome.plan().decision()) {
      case Keep keep ->
          WeightDecision.kept(name, keep.reason().text(keep.detail()), outcome.bytesBefore());
      case Quantize quantize ->
          new WeightDecision(
              name,
              QuantizeReport.Decision.QUANTIZE,
              "weight of a quantizable operator",
              OptionalInt.of(quantize.scheme().bits()),
              granularity(quantize.scheme().granularity()),
              outcome.sqnrDb().orElse(Double.POSITIVE_INFINITY),
              outcome.bytesBefore(),
              outcome.bytesAfter());
    };
  }

  static String granularity(Granularity granularity) {
    return switch (granularity) {
      case Granularity.PerTensor tensor -> "per tensor";
      case Granularity.PerChannel(int axis) -> "per channel, axis " + axis;
      case Granularity.PerGroup(int axis, int size) ->
          String.format(Locale.ROOT, "groups of %d, axis %d", size, axis);
    };
  }
}
