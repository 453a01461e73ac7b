package dev.swage.cli.recipe;

import dev.swage.clip.Clip;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.ThresholdSchedule;
import dev.swage.data.yaml.YamlValue;
import java.util.List;

/** Reads the clippers that follow weights, earlier norms or the second moment. */
final class AdaptiveClipReader {
  private AdaptiveClipReader() {}

  static GradientClipper agc(YamlValue value) {
    if (value.isScalar()) {
      return Clip.agc(ThresholdReader.read(value), 1e-3, false);
    }
    YamlValue.Entries e = value.entries(List.of("lambda", "epsilon", "head"));
    ThresholdSchedule lambda =
        e.get("lambda", ThresholdSchedule.constant(0.01), ThresholdReader::read);
    double epsilon = number(e, "epsilon", 1e-3);
    boolean head = e.get("head", false, YamlValue::bool);
    return ThresholdReader.bound(value, () -> Clip.agc(lambda, epsilon, head));
  }

  static GradientClipper autoClip(YamlValue value) {
    YamlValue.Entries e = value.entries(List.of("percentile", "window"));
    return ThresholdReader.bound(
        value, () -> Clip.autoClip(number(e, "percentile", 10), count(e, "window", 1000)));
  }

  static GradientClipper median(YamlValue value) {
    YamlValue.Entries e = value.entries(List.of("factor", "period"));
    return ThresholdReader.bound(
        value, () -> Clip.median(number(e, "factor", 2), count(e, "period", 100)));
  }

  static GradientClipper zClip(YamlValue value) {
    YamlValue.Entries e = value.entries(List.of("z", "decay", "warm-up", "cap", "floor"));
    return ThresholdReader.bound(
        value,
        () ->
            Clip.zClip(
                number(e, "decay", 0.97),
                number(e, "z", 2.5),
                count(e, "warm-up", 25),
                number(e, "cap", Double.POSITIVE_INFINITY),
                number(e, "floor", 0)));
  }

  static GradientClipper adaGc(YamlValue value) {
    YamlValue.Entries e = value.entries(List.of("relative", "absolute", "decay", "warm-up"));
    return ThresholdReader.bound(
        value,
        () ->
            Clip.adaGc(
                number(e, "relative", 1.05),
                number(e, "absolute", 1),
                number(e, "decay", 0.98),
                count(e, "warm-up", 100)));
  }

  static GradientClipper spikes(YamlValue value) {
    YamlValue.Entries e = value.entries(List.of("factor", "off"));
    return ThresholdReader.bound(
        value, () -> Clip.spikes(number(e, "factor", 5000), count(e, "off", 20)));
  }

  static GradientClipper quantile(YamlValue value) {
    YamlValue.Entries e = value.entries(List.of("quantile", "rate", "initial", "min", "max"));
    return ThresholdReader.bound(
        value,
        () ->
            Clip.quantile(
                number(e, "quantile", 0.5),
                number(e, "rate", 0.2),
                number(e, "initial", 1),
                number(e, "min", 1e-8),
                number(e, "max", 1e8)));
  }

  private static double number(YamlValue.Entries entries, String key, double fallback) {
    return entries.get(key, fallback, YamlValue::number);
  }

  private static int count(YamlValue.Entries entries, String key, int fallback) {
    return entries.get(key, fallback, n -> n.integer(0, Integer.MAX_VALUE));
  }
}
