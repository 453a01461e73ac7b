package dev.swage.compress.plan;

import dev.swage.compress.plan.PlanDocument.Entry;
import dev.swage.compress.plan.PlanDocument.Way;
import dev.swage.compress.plan.PlanDocument.Wish;
import dev.swage.data.yaml.YamlDocument;
import dev.swage.data.yaml.YamlValue;
import dev.swage.data.yaml.YamlValue.Entries;
import dev.swage.quant.QuantScheme;
import dev.swage.quant.RangeEstimator;
import dev.swage.quant.ScaleZeroPoint;
import dev.swage.quant.range.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** Reads plans; whatever is wrong is said with file, line and key. */
final class PlanReader {
  /** The latest that ONNX Runtime 1.29 loads. */
  private static final int LATEST_OPSET = 26;

  private PlanReader() {}

  static PlanDocument read(YamlDocument document) {
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
    return new PlanDocument(
        model.require("path").text(),
        model.require("sha256").text(),
        root.require("opset").integer(1, LATEST_OPSET),
        root.get("objective", Objective.SIZE, value -> value.choice(PlanWords.objectives())),
        root.get("form", PlanForm.QDQ, value -> value.choice(PlanWords.forms())),
        root.get("range", "", YamlValue::text),
        root.get(
            "weight-range",
            RangeEstimator.minMax(),
            value -> value.choice(PlanWords.weightRanges())),
        nodes(root.require("nodes")),
        values(root.get("values", List.of(), YamlValue::items)));
  }

  private static List<Entry> nodes(YamlValue list) {
    List<Entry> nodes = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (YamlValue item : list.items()) {
      Entry node = node(item);
      if (!names.add(node.node())) {
        throw item.error("node '%s' stands twice".formatted(node.node()));
      }
      nodes.add(node);
    }
    return nodes;
  }

  private static Entry node(YamlValue item) {
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
    Wish wish;
    if (entries.has("quantize")) {
      wish = quantize(entries);
    } else if (entries.has("absorb")) {
      wish = new Wish.Absorb(entries.require("absorb").text());
    } else if (entries.has("keep")) {
      wish =
          new Wish.Keep(
              new NodeChoice.Keep(
                  entries.require("keep").choice(PlanWords.reasons()),
                  entries.get("detail", "", YamlValue::text)));
    } else {
      throw item.error(
          "node '%s' needs one of quantize, absorb and keep"
              .formatted(entries.require("node").text()));
    }
    return new Entry(
        entries.require("node").text(),
        entries.get("operator", "", YamlValue::text),
        wish,
        entries.has("expected-db")
            ? OptionalDouble.of(decibels(entries.require("expected-db")))
            : OptionalDouble.empty());
  }

  private static Wish quantize(Entries entries) {
    YamlValue how = entries.require("quantize");
    Optional<WeightChoice> weight = entries.get("weight").map(PlanReader::weight);
    for (Way way : Way.values()) {
      if (way.label().equals(how.text())) {
        if (way != Way.STATIC && weight.isEmpty()) {
          throw lacksWeight(how);
        }
        return new Wish.Quantize(way, weight);
      }
    }
    throw how.error("quantize is static, dynamic or weight-only, got '%s'".formatted(how.text()));
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
    QuantScheme scheme = entries.require("codes").choice(PlanWords.activations());
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
}
