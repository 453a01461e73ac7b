package dev.swage.cli.recipe;

import dev.swage.clip.ThresholdSchedule;
import dev.swage.data.yaml.YamlValue;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Reads a clipping threshold: a number, or a schedule. */
final class ThresholdReader {
  private static final List<String> KINDS =
      List.of("linear", "cosine", "step", "exponential", "warm-up", "tied-to-lr");

  private ThresholdReader() {}

  static ThresholdSchedule read(YamlValue value) {
    return bound(value, () -> schedule(value));
  }

  /** A bound that must be positive; in a recipe, no clipping is {@code clip: none}. */
  static <T> T bound(YamlValue value, Supplier<T> read) {
    try {
      return read.get();
    } catch (IllegalArgumentException e) {
      String message =
          String.valueOf(e.getMessage()).replace("use Clip.none()", "write clip: none");
      throw value.error(value.key() + ": " + message, e);
    }
  }

  private static ThresholdSchedule schedule(YamlValue value) {
    if (value.isScalar()) {
      return ThresholdSchedule.constant(value.number());
    }
    Map<String, YamlValue> kinds = value.rawEntries();
    value.entries(KINDS);
    if (kinds.size() != 1) {
      throw value.error(value.key() + " must be a number or one schedule, got " + kinds.keySet());
    }
    YamlValue settings = kinds.values().iterator().next();
    return switch (kinds.keySet().iterator().next()) {
      case "linear" -> {
        YamlValue.Entries e = settings.entries(List.of("from", "to", "steps"));
        yield ThresholdSchedule.linear(number(e, "from"), number(e, "to"), steps(e, "steps"));
      }
      case "cosine" -> {
        YamlValue.Entries e = settings.entries(List.of("from", "to", "steps"));
        yield ThresholdSchedule.cosine(number(e, "from"), number(e, "to"), steps(e, "steps"));
      }
      case "step" -> {
        YamlValue.Entries e = settings.entries(List.of("from", "every", "factor", "floor"));
        yield ThresholdSchedule.step(
            number(e, "from"), steps(e, "every"), number(e, "factor"), number(e, "floor"));
      }
      case "exponential" -> {
        YamlValue.Entries e = settings.entries(List.of("from", "factor", "floor"));
        yield ThresholdSchedule.exponential(
            number(e, "from"), number(e, "factor"), number(e, "floor"));
      }
      case "warm-up" -> {
        YamlValue.Entries e = settings.entries(List.of("to", "factor", "steps"));
        yield new ThresholdSchedule.WarmUp(
            e.get("factor", 10.0, YamlValue::number),
            e.get("steps", 1000L, YamlValue::longInteger),
            read(e.require("to")));
      }
      default -> ThresholdSchedule.tiedToLearningRate(read(settings));
    };
  }

  private static double number(YamlValue.Entries entries, String key) {
    return entries.require(key).number();
  }

  private static long steps(YamlValue.Entries entries, String key) {
    return entries.require(key).longInteger();
  }
}
