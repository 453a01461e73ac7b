package dev.swage.cli.recipe;

import dev.swage.clip.Clip;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.NonFinitePolicy;
import dev.swage.clip.NormOrder;
import dev.swage.clip.NormScope;
import dev.swage.clip.ThresholdSchedule;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Reads {@code train.clip}: a clipper, its threshold, and what non-finite gradients do. */
final class ClipReader {
  private static final Map<String, NormOrder> ORDERS =
      Map.of("1", NormOrder.L1, "2", NormOrder.L2, "inf", NormOrder.MAX);
  private static final Map<String, NormScope> SCOPES =
      Map.of("global", NormScope.GLOBAL, "layer", NormScope.LAYER, "tensor", NormScope.TENSOR);

  private ClipReader() {}

  static GradientClipper read(YamlValue value) {
    if (value.isScalar()) {
      return value.choice(Map.of("none", Clip.none()));
    }
    YamlValue.Entries entries =
        value.entries(List.of("norm", "order", "scope", "value", "non-finite"));
    entries.exclusive("norm", "value");
    entries.exclusive("value", "order");
    entries.exclusive("value", "scope");
    GradientClipper clipper = clipper(entries);
    return entries.has("non-finite")
        ? clipper.onNonFinite(policy(entries.require("non-finite")))
        : clipper;
  }

  private static GradientClipper clipper(YamlValue.Entries entries) {
    if (entries.has("value")) {
      YamlValue bound = entries.require("value");
      List<YamlValue> limits = bound.items();
      return switch (limits.size()) {
        case 1 -> bound(bound, () -> Clip.byValue(limits.getFirst().number()));
        case 2 ->
            bound(bound, () -> Clip.byValue(limits.getFirst().number(), limits.getLast().number()));
        default -> throw bound.error(bound.key() + " must be one bound, or [LOW, HIGH]");
      };
    }
    if (!entries.has("norm")) {
      throw entries
          .owner()
          .error(
              "%s needs 'norm' or 'value'; 'clip: none' switches it off"
                  .formatted(entries.owner().key()));
    }
    YamlValue norm = entries.require("norm");
    return Clip.byNorm(
        entries.get("order", NormOrder.L2, order -> order.choice(ORDERS)),
        entries.get("scope", NormScope.GLOBAL, scope -> scope.choice(SCOPES)),
        bound(norm, () -> threshold(norm)));
  }

  /** A bound that must be positive; in a recipe, no clipping is {@code clip: none}. */
  private static <T> T bound(YamlValue value, Supplier<T> read) {
    try {
      return read.get();
    } catch (IllegalArgumentException e) {
      String message =
          String.valueOf(e.getMessage()).replace("use Clip.none()", "write clip: none");
      throw value.error(value.key() + ": " + message, e);
    }
  }

  private static ThresholdSchedule threshold(YamlValue value) {
    if (value.isScalar()) {
      return ThresholdSchedule.constant(value.number());
    }
    Map<String, YamlValue> kinds = value.rawEntries();
    value.entries(List.of("linear", "cosine", "step", "exponential", "warm-up"));
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
      default -> {
        YamlValue.Entries e = settings.entries(List.of("to", "factor", "steps"));
        yield new ThresholdSchedule.WarmUp(
            e.get("factor", 10.0, YamlValue::number),
            e.get("steps", 1000L, YamlValue::longInteger),
            ThresholdSchedule.constant(number(e, "to")));
      }
    };
  }

  private static double number(YamlValue.Entries entries, String key) {
    return entries.require(key).number();
  }

  private static long steps(YamlValue.Entries entries, String key) {
    return entries.require(key).longInteger();
  }

  private static NonFinitePolicy policy(YamlValue value) {
    if (value.isScalar()) {
      return value.choice(
          Map.of(
              "throw", NonFinitePolicy.fail(),
              "zero", NonFinitePolicy.zero(),
              "pass", NonFinitePolicy.pass()));
    }
    YamlValue skip = value.entries(List.of("skip")).require("skip");
    return NonFinitePolicy.skipStep(skip.integer(1, Integer.MAX_VALUE));
  }
}
