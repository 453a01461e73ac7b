package dev.swage.cli.recipe;

import dev.swage.clip.ParameterRole;
import dev.swage.clip.ParameterSelection;
import dev.swage.data.yaml.YamlValue;
import dev.swage.range.RangeControl;
import dev.swage.range.RangeControls;
import dev.swage.range.RangeGroup;
import dev.swage.range.RangePenalty;
import dev.swage.range.RangeSchedule;
import dev.swage.range.WeightClip;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads {@code train.range}: what keeps the values of weights together. */
final class RangeReader {
  private static final List<String> CONTROLS = List.of("weight-clip", "kure", "r2");
  private static final Map<String, RangePenalty.R2.Kind> KINDS =
      bySymbol(RangePenalty.R2.Kind.values(), RangePenalty.R2.Kind::symbol);
  private static final Map<String, ParameterRole> ROLES =
      bySymbol(ParameterRole.values(), ParameterRole::symbol);

  private RangeReader() {}

  /** In the order of the values. */
  private static <T> Map<String, T> bySymbol(T[] values, Function<T, String> symbol) {
    Map<String, T> bySymbol = new LinkedHashMap<>();
    for (T value : values) {
      bySymbol.put(symbol.apply(value), value);
    }
    return bySymbol;
  }

  /** Empty for {@code none}, so that a sweep can compare with it. */
  static Optional<RangeControls> readOrNone(YamlValue value) {
    return value.isScalar() && value.text().equals("none")
        ? Optional.empty()
        : Optional.of(read(value));
  }

  static RangeControls read(YamlValue value) {
    YamlValue.Entries entries = value.entries(with("schedule", "groups"));
    return TrainingReader.checked(
        value,
        () ->
            new RangeControls(
                controls(entries),
                entries.get("groups", List.of(), RangeReader::groups),
                entries.get("schedule", RangeSchedule.CONSTANT, RangeReader::schedule)));
  }

  private static List<String> with(String... others) {
    List<String> keys = new ArrayList<>(CONTROLS);
    keys.addAll(List.of(others));
    return keys;
  }

  private static List<RangeControl> controls(YamlValue.Entries entries) {
    List<RangeControl> controls = new ArrayList<>();
    entries.get("weight-clip").map(RangeReader::weightClip).ifPresent(controls::add);
    entries.get("kure").map(RangeReader::kure).ifPresent(controls::add);
    entries.get("r2").map(RangeReader::r2).ifPresent(controls::add);
    return controls;
  }

  private static RangeControl weightClip(YamlValue value) {
    YamlValue.Entries entries = value.entries(List.of("absolute", "sigma"));
    entries.exclusive("absolute", "sigma");
    if (entries.has("sigma")) {
      YamlValue k = entries.require("sigma");
      return TrainingReader.checked(k, () -> WeightClip.sigma(k.number()));
    }
    if (!entries.has("absolute")) {
      throw value.error(
          value.key() + " needs a limit: {absolute: C} or {sigma: K}, K standard deviations");
    }
    YamlValue c = entries.require("absolute");
    return TrainingReader.checked(c, () -> WeightClip.absolute(c.number()));
  }

  private static RangeControl kure(YamlValue value) {
    YamlValue.Entries entries = value.entries(List.of("target", "weight"));
    return TrainingReader.checked(
        value,
        () ->
            new RangePenalty.Kure(
                entries.get("target", RangePenalty.Kure.UNIFORM, YamlValue::number),
                entries.get("weight", 1.0, YamlValue::number)));
  }

  private static RangeControl r2(YamlValue value) {
    YamlValue.Entries entries = value.entries(List.of("kind", "weight"));
    RangePenalty.R2.Kind kind = entries.require("kind").choice(KINDS);
    return TrainingReader.checked(
        value, () -> RangePenalty.r2(kind, entries.require("weight").number()));
  }

  private static RangeSchedule schedule(YamlValue value) {
    if (value.isScalar()) {
      return value.choice(Map.of("constant", RangeSchedule.CONSTANT));
    }
    YamlValue ramp = value.entries(List.of("ramp")).require("ramp");
    YamlValue.Entries entries = ramp.entries(List.of("from", "to"));
    return TrainingReader.checked(
        ramp,
        () ->
            new RangeSchedule(
                entries.get("from", 0L, YamlValue::longInteger),
                entries.require("to").longInteger()));
  }

  private static List<RangeGroup> groups(YamlValue value) {
    return value.items().stream().map(RangeReader::group).toList();
  }

  private static RangeGroup group(YamlValue value) {
    YamlValue.Entries entries = value.entries(with("name", "match", "roles"));
    List<String> patterns =
        entries.get("match", List.of(), m -> m.items().stream().map(YamlValue::text).toList());
    Set<ParameterRole> roles = new HashSet<>();
    entries
        .get("roles")
        .ifPresent(list -> list.items().forEach(role -> roles.add(role.choice(ROLES))));
    String name = entries.require("name").text();
    return TrainingReader.checked(
        value,
        () -> new RangeGroup(name, new ParameterSelection(patterns, roles), controls(entries)));
  }
}
