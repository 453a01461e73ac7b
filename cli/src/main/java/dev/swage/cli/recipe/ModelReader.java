package dev.swage.cli.recipe;

import dev.swage.data.yaml.YamlValue;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.train.head.Head;
import dev.swage.train.head.ModelOutputs;
import dev.swage.train.head.ModelWeights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Reads the {@code model:} part of a recipe: layers, or an ONNX file and what is made of it. */
final class ModelReader {
  private static final List<String> KEYS =
      List.of("onnx", "outputs", "head", "weights", "rename", "train", "freeze", "statistics");

  private ModelReader() {}

  /** A model, and what is trained of it. */
  record Read(OnnxModel model, Tuning tuning) {}

  static Read read(YamlValue value, long seed) {
    if (!value.rawEntries().containsKey("onnx")) {
      return new Read(LayerReader.read(value, seed), Tuning.NONE);
    }
    YamlValue.Entries entries = value.entries(KEYS);
    Path file = Path.of(entries.require("onnx").text());
    Optional<Path> weights = entries.get("weights").map(w -> Path.of(w.text()));
    try {
      OnnxModel model = OnnxReader.read(file);
      Optional<List<String>> outputs = entries.get("outputs").map(ModelReader::words);
      if (outputs.isPresent()) {
        model = ModelOutputs.keep(model, outputs.get());
      }
      if (weights.isPresent()) {
        Map<String, String> renames = new LinkedHashMap<>();
        entries
            .get("rename")
            .ifPresent(
                rename -> rename.rawEntries().forEach((from, to) -> renames.put(from, to.text())));
        model = ModelWeights.load(model, weights.get(), renames).model();
      }
      Optional<Integer> head = entries.get("head").map(ModelReader::outputs);
      if (head.isPresent()) {
        model = Head.replace(model, head.get(), seed);
      }
      return new Read(model, tuning(entries, file, weights));
    } catch (OnnxException e) {
      throw value.error(String.valueOf(e.getMessage()), e);
    }
  }

  private static Tuning tuning(YamlValue.Entries entries, Path file, Optional<Path> weights) {
    return new Tuning(
        Optional.of(file),
        weights,
        entries.get("train").map(ModelReader::words).orElse(List.of()),
        entries.get("freeze").map(ModelReader::words).orElse(List.of()),
        entries.get(
            "statistics", false, word -> word.choice(Map.of("frozen", true, "learned", false))),
        OptionalDouble.empty());
  }

  /** {@code 10} or {@code {outputs: 10}}. */
  private static int outputs(YamlValue value) {
    YamlValue number = value.isMap() ? value.entries(List.of("outputs")).require("outputs") : value;
    return number.integer(1, Integer.MAX_VALUE);
  }

  private static List<String> words(YamlValue value) {
    return value.isScalar()
        ? List.of(value.text())
        : value.items().stream().map(YamlValue::text).toList();
  }
}
