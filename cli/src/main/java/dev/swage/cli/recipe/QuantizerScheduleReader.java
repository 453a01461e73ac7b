package dev.swage.cli.recipe;

import dev.swage.data.yaml.YamlValue;
import dev.swage.hybrid.QatOptions;
import dev.swage.train.quantize.Oscillation;
import dev.swage.train.quantize.QuantizerMethod;
import dev.swage.train.quantize.QuantizerSchedule;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads of {@code quantize:} what quantizers do at which step: {@code start}, {@code freeze},
 * {@code oscillation}.
 */
final class QuantizerScheduleReader {
  static final List<String> KEYS = List.of("start", "freeze", "oscillation");

  /** Methods by which a weight's scales are those of its range. */
  private static final Set<QuantizerMethod> FOLLOWING =
      Set.of(QuantizerMethod.STE, QuantizerMethod.PACT);

  private QuantizerScheduleReader() {}

  /**
   * @param last what the file is trained for
   */
  static QuantizerSchedule read(YamlValue.Entries entries, QatOptions last) {
    QuantizerSchedule schedule = QuantizerSchedule.CONSTANT;
    if (entries.has("start")) {
      YamlValue start = entries.require("start");
      QuantizerSchedule before = schedule;
      schedule = TrainingReader.checked(start, () -> before.startingAt(start.longInteger()));
    }
    if (entries.has("freeze")) {
      schedule = freezing(entries.require("freeze"), schedule);
    }
    return entries.has("oscillation")
        ? schedule.against(oscillation(entries.require("oscillation"), last))
        : schedule;
  }

  private static Oscillation oscillation(YamlValue value, QatOptions last) {
    YamlValue.Entries entries = value.entries(List.of("damp", "freeze"));
    int bits = last.weights().bits();
    if (bits > Codes.OSCILLATING) {
      throw value.error(
          "%s: codes of %d bits change at every step; oscillations are for weights of up to int%d"
              .formatted(value.key(), bits, Codes.OSCILLATING));
    }
    Optional<Oscillation.Threshold> freeze =
        entries.get("freeze").map(QuantizerScheduleReader::threshold);
    if (freeze.isPresent() && FOLLOWING.contains(last.method())) {
      YamlValue key = entries.require("freeze");
      throw key.error(
          "%s: scales of weights follow their range with method %s, and a frozen weight would move it; use lsq, lsq+ or fixed, or damp"
              .formatted(key.key(), last.method().word()));
    }
    double damp = entries.get("damp", 0.0, YamlValue::number);
    return TrainingReader.checked(value, () -> new Oscillation(damp, freeze));
  }

  private static Oscillation.Threshold threshold(YamlValue value) {
    if (value.isScalar()) {
      double bound = value.number();
      return TrainingReader.checked(value, () -> new Oscillation.Threshold(bound, bound));
    }
    YamlValue.Entries entries = value.entries(List.of("from", "to"));
    return TrainingReader.checked(
        value,
        () ->
            new Oscillation.Threshold(
                entries.require("from").number(), entries.require("to").number()));
  }

  private static QuantizerSchedule freezing(YamlValue value, QuantizerSchedule schedule) {
    YamlValue.Entries entries = value.entries(List.of("observer", "batch-norm"));
    QuantizerSchedule freezing = schedule;
    if (entries.has("observer")) {
      YamlValue step = entries.require("observer");
      freezing = TrainingReader.checked(step, () -> schedule.freezingAt(step.longInteger()));
    }
    if (entries.has("batch-norm")) {
      YamlValue step = entries.require("batch-norm");
      QuantizerSchedule before = freezing;
      freezing =
          TrainingReader.checked(step, () -> before.freezingStatisticsAt(step.longInteger()));
    }
    return freezing;
  }
}
