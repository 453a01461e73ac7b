package dev.swage.cli.recipe;

import dev.swage.compress.plan.WeightGrouping;
import dev.swage.compress.weights.WeightFormat;
import dev.swage.compress.weights.WeightOptions;
import dev.swage.data.Suggestion;
import dev.swage.data.yaml.YamlValue;
import dev.swage.quant.RangeEstimator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads one entry of a recipe's {@code ship:} list. */
final class ShipmentReader {
  private static final List<String> NAMES =
      List.of("float32", "int8", "int7", "int6", "int5", "int4", "int3", "int2");
  private static final List<String> KEYS =
      List.of("group", "per-tensor", "symmetric", "range", "format");

  private ShipmentReader() {}

  static Shipment read(YamlValue value) {
    if (value.isScalar()) {
      return named(value, value.text());
    }
    Map<String, YamlValue> entry = value.rawEntries();
    if (entry.size() != 1) {
      throw value.error("a file is one name with its settings, as in 'int4: {group: 32}'");
    }
    Map.Entry<String, YamlValue> only = entry.entrySet().iterator().next();
    Shipment plain = named(value, only.getKey());
    WeightOptions base =
        plain
            .weights()
            .orElseThrow(() -> value.error("'float32' is the trained file: it has no settings"));
    YamlValue.Entries settings = only.getValue().entries(KEYS);
    WeightOptions options = TrainingReader.checked(value, () -> settings(base, settings));
    return new Shipment(plain.name(), Optional.of(options));
  }

  private static WeightOptions settings(WeightOptions base, YamlValue.Entries settings) {
    WeightOptions options = base;
    if (settings.has("group")) {
      int size = settings.require("group").integer(1, Integer.MAX_VALUE);
      options = options.withGrouping(WeightGrouping.groups(size));
    }
    if (settings.get("per-tensor", false, YamlValue::bool)) {
      if (settings.has("group")) {
        throw new IllegalArgumentException(
            "group and per-tensor are two ways of sharing scales: say one");
      }
      options = options.withGrouping(WeightGrouping.perTensor());
    }
    if (!settings.get("symmetric", true, YamlValue::bool)) {
      options = options.asymmetric();
    }
    if (settings.has("range")) {
      options =
          options.withRange(
              settings
                  .require("range")
                  .choice(
                      RangeEstimator.all().stream()
                          .collect(Collectors.toMap(RangeEstimator::label, range -> range))));
    }
    if (settings.has("format")) {
      options =
          options.withFormat(
              settings
                  .require("format")
                  .choice(
                      Map.of(
                          "qdq", WeightFormat.QDQ, "contrib", WeightFormat.MATMUL_N_BITS_OR_QDQ)));
    }
    return options;
  }

  private static Shipment named(YamlValue value, String name) {
    if (!NAMES.contains(name)) {
      throw value.error(
          "unknown file '%s' in ship; %s".formatted(name, Suggestion.forWord(name, NAMES)));
    }
    return name.equals("float32")
        ? Shipment.float32()
        : Shipment.ofBits(Integer.parseInt(name.substring("int".length())));
  }
}
