package dev.swage.cli.recipe;

import dev.swage.data.yaml.YamlValue;
import dev.swage.train.quantize.QuantizerSchedule;
import java.util.List;

/** Reads of {@code quantize:} what quantizers do at which step: {@code start}, {@code freeze}. */
final class QuantizerScheduleReader {
  static final List<String> KEYS = List.of("start", "freeze");

  private QuantizerScheduleReader() {}

  static QuantizerSchedule read(YamlValue.Entries entries) {
    QuantizerSchedule schedule = QuantizerSchedule.CONSTANT;
    if (entries.has("start")) {
      YamlValue start = entries.require("start");
      QuantizerSchedule before = schedule;
      schedule = TrainingReader.checked(start, () -> before.startingAt(start.longInteger()));
    }
    return entries.has("freeze") ? freezing(entries.require("freeze"), schedule) : schedule;
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
