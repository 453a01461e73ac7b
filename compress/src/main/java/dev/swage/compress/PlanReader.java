package dev.swage.compress;

import dev.swage.compress.ModelPlan.PlannedNode;
import dev.swage.compress.QuantGoal.Objective;
import dev.swage.compress.qdq.NodeKeepReason;
import dev.swage.compress.qdq.QdqPlan.PlannedValue;
import dev.swage.data.yaml.YamlDocument;
import dev.swage.data.yaml.YamlValue;
import dev.swage.data.yaml.YamlValue.Entries;
import dev.swage.quant.Granularity;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.RangeEstimator;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.Range;
import dev.swage.tensor.DType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Reads plans; whatever is wrong is said with file, line and key. */
final class PlanReader {
  private PlanReader() {}

  static ModelPlan read(YamlDocument document) {
    Entries root =
        document
            .root(List.of())
            .entries(
                List.of(
                    "schema",
                    "model",
                    "opset",
                    "objective",
                    "form",
                    "range",
                    "weight-range",
                    "nodes",
                    "values"));
    YamlValue schema = root.require("schema");
    if (!schema.text().equals(PlanFile.SCHEMA)) {
      throw schema.error(
          "schema is %s, expected %s; swage plan writes such files"
              .formatted(schema.text(), PlanFile.SCHEMA));
    }
    Entries model = root.require("model").entries(List.of("path", "sha256"));
    return new ModelPlan(
        model.require("path").text(),
        model.require("sha256").text(),
        root.require("opset").integer(1, Opsets.LATEST),
        root.get("objective", Objective.SIZE, value -> value.choice(objectives())),
        root.get("form", PlanForm.QDQ, value -> value.choice(forms())),
        root.get("range", "", YamlValue::text),
        root.get("weight-range", RangeEstimator.minMax(), value -> value.choice(weightRanges())),
        nodes(root.require("nodes")),
        values(root.get("values", List.of(), YamlValue::items)));
  }

  private static List<PlannedNode> nodes(YamlValue list) {
    List<PlannedNode> nodes = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (YamlValue item : list.items()) {
      PlannedNode node = node(item);
      if (!names.add(node.name())) {
        throw item.error("node '%s' stands twice".formatted(node.name()));
      }
      nodes.add(node);
    }
    return nodes;
  }

  private static PlannedNode node(YamlValue item) {
    Entries entries =
        item.entries(
            List.of(
                "node",
                "operator",
                "quantize",
                "weight",
                "absorb",
                "keep",
                "detail",
                "expected-db"));
    entries.exclusive("quantize", "keep");
    entries.exclusive("quantize", "absorb");
    entries.exclusive("keep", "absorb");
    NodeChoice choice;
    if (entries.has("quantize")) {
      choice = quantize(entries);
    } else if (entries.has("absorb")) {
      choice = new NodeChoice.Absorb(entries.require("absorb").text());
    } else if (entries.has("keep")) {
      choice =
          new NodeChoice.Keep(
              entries.require("keep").choice(reasons()),
              entries.get("detail", "", YamlValue::text));
    } else {
      throw item.error(
          "node '%s' needs one of quantize, absorb and keep"
              .formatted(entries.require("node").text()));
    }
    return new PlannedNode(
        entries.require("node").text(),
        entries.get("operator", "", YamlValue::text),
        choice,
        entries.has("expected-db")
            ? OptionalDouble.of(decibels(entries.require("expected-db")))
            : OptionalDouble.empty());
  }

  private static NodeChoice quantize(Entries entries) {
    YamlValue how = entries.require("quantize");
    Optional<WeightChoice> weight = entries.get("weight").map(PlanReader::weight);
    return switch (how.text()) {
      case "static" -> new NodeChoice.Static(weight);
      case "dynamic" -> new NodeChoice.Dynamic(weight.orElseThrow(() -> lacksWeight(how)));
      case "weight-only" -> new NodeChoice.WeightOnly(weight.orElseThrow(() -> lacksWeight(how)));
      default ->
          throw how.error(
              "quantize is static, dynamic or weight-only, got '%s'".formatted(how.text()));
    };
  }

  private static RuntimeException lacksWeight(YamlValue how) {
    return how.error(
        "quantize: %s needs a weight, as in weight: int8 per-channel".formatted(how.text()));
  }

  private static WeightChoice weight(YamlValue value) {
    try {
      return WeightChoice.parse(value.text());
    } catch (IllegalArgumentException e) {
      throw value.error(String.valueOf(e.getMessage()), e);
    }
  }

  private static List<PlannedValue> values(List<YamlValue> items) {
    List<PlannedValue> values = new ArrayList<>();
    Map<String, PlannedValue> groups = new HashMap<>();
    for (YamlValue item : items) {
      PlannedValue value = value(item);
      PlannedValue first = groups.putIfAbsent(value.group(), value);
      if (first != null
          && !(first.range().equals(value.range()) && first.scheme().equals(value.scheme()))) {
        throw item.error(
            "value '%s' shares its codes with '%s' and must have the same min, max and codes"
                .formatted(value.name(), first.name()));
      }
      values.add(value);
    }
    return values;
  }

  private static PlannedValue value(YamlValue item) {
    Entries entries = item.entries(List.of("value", "min", "max", "codes", "group", "expected-db"));
    String name = entries.require("value").text();
    float min = (float) entries.require("min").number();
    float max = (float) entries.require("max").number();
    if (!(min <= max) || Float.isInfinite(min) || Float.isInfinite(max)) {
      throw entries
          .require("min")
          .error("value '%s' needs finite min <= max, got %s and %s".formatted(name, min, max));
    }
    QuantScheme scheme = entries.require("codes").choice(schemes());
    Range range = new Range(min, max);
    return new PlannedValue(
        name,
        range,
        scheme,
        ScaleZeroPoint.of(min, max, scheme),
        entries.get("group", name, YamlValue::text),
        entries.get("expected-db", Double.POSITIVE_INFINITY, PlanReader::decibels));
  }

  private static double decibels(YamlValue value) {
    return value.text().equals("inf") ? Double.POSITIVE_INFINITY : value.number();
  }

  private static Map<String, Objective> objectives() {
    Map<String, Objective> objectives = new LinkedHashMap<>();
    for (Objective objective : Objective.values()) {
      objectives.put(PlanFile.label(objective), objective);
    }
    return objectives;
  }

  private static Map<String, PlanForm> forms() {
    Map<String, PlanForm> forms = new LinkedHashMap<>();
    for (PlanForm form : PlanForm.values()) {
      forms.put(form.label(), form);
    }
    return forms;
  }

  private static Map<String, RangeEstimator> weightRanges() {
    Map<String, RangeEstimator> ranges = new LinkedHashMap<>();
    for (RangeEstimator range :
        List.of(RangeEstimator.minMax(), RangeEstimator.meanSquaredError())) {
      ranges.put(PlanFile.label(range), range);
    }
    return ranges;
  }

  private static Map<String, NodeKeepReason> reasons() {
    Map<String, NodeKeepReason> reasons = new LinkedHashMap<>();
    for (NodeKeepReason reason : NodeKeepReason.values()) {
      reasons.put(reason.label(), reason);
    }
    return reasons;
  }

  /** Codes of activations. */
  private static Map<String, QuantScheme> schemes() {
    Map<String, QuantScheme> schemes = new LinkedHashMap<>();
    Granularity one = Granularity.perTensor();
    schemes.put("uint8", QuantScheme.asymmetric(8, one));
    schemes.put("uint7", QuantScheme.asymmetric(7, one));
    schemes.put("int8", QuantScheme.symmetric(8, one));
    schemes.put("int8-asymmetric", new QuantScheme(DType.INT8, 8, false, one));
    schemes.put("uint8-symmetric", new QuantScheme(DType.UINT8, 8, true, one));
    return schemes;
  }

  /** The word for codes of activations. */
  static String word(QuantScheme scheme) {
    return schemes().entrySet().stream()
        .filter(entry -> entry.getValue().equals(scheme))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no word for " + scheme));
  }
}
