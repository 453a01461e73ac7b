package dev.swage.cli.recipe;

import dev.swage.clip.Clip;
import dev.swage.clip.ClipGroup;
import dev.swage.clip.GradientClipper;
import dev.swage.clip.NonFinitePolicy;
import dev.swage.clip.NormOrder;
import dev.swage.clip.NormScope;
import dev.swage.clip.ParameterRole;
import dev.swage.clip.ThresholdSchedule;
import dev.swage.data.yaml.YamlValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Reads {@code train.clip}: a clipper, its settings, and what non-finite gradients do. */
final class ClipReader {
  private static final Map<String, NormScope> SCOPES =
      bySymbol(NormScope.values(), NormScope::symbol);
  private static final Map<String, ParameterRole> ROLES =
      bySymbol(ParameterRole.values(), ParameterRole::symbol);

  /** What a word alone stands for. */
  private static final Map<String, Supplier<GradientClipper>> DEFAULTS = defaults();

  private static final Map<String, Function<YamlValue.Entries, GradientClipper>> METHODS =
      methods();

  private ClipReader() {}

  private static <T> Map<String, T> bySymbol(T[] values, Function<T, String> symbol) {
    return Arrays.stream(values).collect(Collectors.toMap(symbol, Function.identity()));
  }

  private static Map<String, Supplier<GradientClipper>> defaults() {
    Map<String, Supplier<GradientClipper>> words = new LinkedHashMap<>();
    words.put("none", Clip::none);
    words.put("agc", Clip::agc);
    words.put("autoclip", Clip::autoClip);
    words.put("median", Clip::median);
    words.put("zclip", Clip::zClip);
    words.put("adagc", Clip::adaGc);
    words.put("spikes", Clip::spikes);
    words.put("quantile", Clip::quantile);
    return words;
  }

  private static Map<String, Function<YamlValue.Entries, GradientClipper>> methods() {
    Map<String, Function<YamlValue.Entries, GradientClipper>> methods = new LinkedHashMap<>();
    methods.put("norm", ClipReader::norm);
    methods.put("value", e -> value(e.require("value")));
    methods.put("block-rms", e -> Clip.byBlockRms(ThresholdReader.read(e.require("block-rms"))));
    methods.put("smooth", e -> Clip.smooth(ThresholdReader.read(e.require("smooth"))));
    methods.put("agc", e -> AdaptiveClipReader.agc(e.require("agc")));
    methods.put("autoclip", e -> AdaptiveClipReader.autoClip(e.require("autoclip")));
    methods.put("median", e -> AdaptiveClipReader.median(e.require("median")));
    methods.put("zclip", e -> AdaptiveClipReader.zClip(e.require("zclip")));
    methods.put("adagc", e -> AdaptiveClipReader.adaGc(e.require("adagc")));
    methods.put("spikes", e -> AdaptiveClipReader.spikes(e.require("spikes")));
    methods.put("quantile", e -> AdaptiveClipReader.quantile(e.require("quantile")));
    methods.put("chain", e -> chain(e.require("chain")));
    methods.put("groups", ClipReader::groups);
    return methods;
  }

  static GradientClipper read(YamlValue value) {
    if (value.isScalar()) {
      return bare(value);
    }
    List<String> known = new ArrayList<>(METHODS.keySet());
    known.addAll(List.of("order", "scope", "rest", "non-finite"));
    YamlValue.Entries entries = value.entries(known);
    GradientClipper clipper = clipper(entries);
    return entries.has("non-finite")
        ? clipper.onNonFinite(policy(entries.require("non-finite")))
        : clipper;
  }

  /** A clipper inside another, which says what non-finite gradients do. */
  private static GradientClipper bare(YamlValue value) {
    if (value.isScalar()) {
      return value.choice(DEFAULTS).get();
    }
    List<String> known = new ArrayList<>(METHODS.keySet());
    known.addAll(List.of("order", "scope", "rest"));
    return clipper(value.entries(known));
  }

  private static GradientClipper clipper(YamlValue.Entries entries) {
    List<String> given = METHODS.keySet().stream().filter(entries::has).toList();
    if (given.isEmpty()) {
      throw entries
          .owner()
          .error(
              "%s needs one of %s; 'clip: none' switches it off"
                  .formatted(entries.owner().key(), String.join(", ", METHODS.keySet())));
    }
    String method = given.getFirst();
    given.stream().skip(1).forEach(other -> entries.exclusive(method, other));
    if (!method.equals("norm")) {
      entries.exclusive(method, "order");
      entries.exclusive(method, "scope");
    }
    if (!method.equals("groups")) {
      entries.exclusive(method, "rest");
    }
    return METHODS.getOrDefault(method, _ -> Clip.none()).apply(entries);
  }

  private static GradientClipper norm(YamlValue.Entries entries) {
    return Clip.byNorm(
        entries.get("order", NormOrder.L2, ClipReader::order),
        entries.get("scope", NormScope.GLOBAL, scope -> scope.choice(SCOPES)),
        ThresholdReader.read(entries.require("norm")));
  }

  private static NormOrder order(YamlValue value) {
    return value.text().equals("inf")
        ? NormOrder.MAX
        : ThresholdReader.bound(value, () -> NormOrder.of(value.number()));
  }

  private static GradientClipper value(YamlValue bound) {
    if (bound.isMap()) {
      ThresholdSchedule schedule = ThresholdReader.read(bound);
      return Clip.byValue(schedule);
    }
    List<YamlValue> limits = bound.items();
    return switch (limits.size()) {
      case 1 -> ThresholdReader.bound(bound, () -> Clip.byValue(limits.getFirst().number()));
      case 2 ->
          ThresholdReader.bound(
              bound, () -> Clip.byValue(limits.getFirst().number(), limits.getLast().number()));
      default -> throw bound.error(bound.key() + " must be one bound, or [LOW, HIGH]");
    };
  }

  private static GradientClipper chain(YamlValue value) {
    GradientClipper[] stages =
        value.items().stream().map(ClipReader::bare).toArray(GradientClipper[]::new);
    return ThresholdReader.bound(value, () -> Clip.chain(stages));
  }

  private static GradientClipper groups(YamlValue.Entries entries) {
    YamlValue value = entries.require("groups");
    if (value.items().isEmpty()) {
      throw value.error(
          "groups is empty: give it at least one {name, match or roles, clip}, or write the clipper of 'rest' alone");
    }
    List<ClipGroup> groups = value.items().stream().map(ClipReader::group).toList();
    GradientClipper rest = entries.get("rest", Clip.none(), ClipReader::bare);
    return ThresholdReader.bound(value, () -> Clip.groups(groups, rest));
  }

  private static ClipGroup group(YamlValue value) {
    YamlValue.Entries entries = value.entries(List.of("name", "match", "roles", "clip"));
    List<String> patterns =
        entries.get("match", List.of(), m -> m.items().stream().map(YamlValue::text).toList());
    Set<ParameterRole> roles = new HashSet<>();
    entries
        .get("roles")
        .ifPresent(list -> list.items().forEach(role -> roles.add(role.choice(ROLES))));
    String name = entries.require("name").text();
    GradientClipper clipper = bare(entries.require("clip"));
    return ThresholdReader.bound(value, () -> new ClipGroup(name, patterns, roles, clipper));
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
