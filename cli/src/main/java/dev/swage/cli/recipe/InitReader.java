package dev.swage.cli.recipe;

import dev.swage.data.yaml.YamlValue;
import dev.swage.onnx.layer.WeightInit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads how weights are drawn: a word, or a word with its sizes. */
final class InitReader {
  private static final Map<String, WeightInit> WORDS = words();

  private InitReader() {}

  private static Map<String, WeightInit> words() {
    Map<String, WeightInit> words = new LinkedHashMap<>();
    words.put("he-normal", WeightInit.HE_NORMAL);
    words.put("he-uniform", WeightInit.HE_UNIFORM);
    words.put("glorot-normal", WeightInit.GLOROT_NORMAL);
    words.put("glorot-uniform", WeightInit.GLOROT_UNIFORM);
    words.put("orthogonal", WeightInit.ORTHOGONAL);
    return words;
  }

  static WeightInit read(YamlValue value) {
    if (!value.isMap()) {
      return value.choice(WORDS);
    }
    YamlValue.Entries entries = value.entries(List.of("normal", "uniform", "sparse"));
    return TrainingReader.checked(value, () -> sized(value, entries));
  }

  private static WeightInit sized(YamlValue value, YamlValue.Entries entries) {
    entries.exclusive("normal", "uniform");
    entries.exclusive("normal", "sparse");
    entries.exclusive("uniform", "sparse");
    if (entries.has("normal")) {
      return WeightInit.normal(entries.require("normal").number());
    }
    if (entries.has("uniform")) {
      return WeightInit.uniform(entries.require("uniform").number());
    }
    if (!entries.has("sparse")) {
      throw value.error(value.key() + " needs one of normal, uniform, sparse");
    }
    YamlValue.Entries sparse = entries.require("sparse").entries(List.of("non-zeros", "radius"));
    return WeightInit.sparse(
        sparse.get("non-zeros", 15, n -> n.integer(1, Integer.MAX_VALUE)),
        sparse.get("radius", 0.95, YamlValue::number));
  }
}
