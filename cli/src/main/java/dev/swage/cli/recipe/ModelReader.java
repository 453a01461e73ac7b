package dev.swage.cli.recipe;

import dev.swage.data.yaml.YamlValue;
import dev.swage.onnx.OnnxException;
import dev.swage.onnx.OnnxModel;
import dev.swage.onnx.OnnxReader;
import dev.swage.train.Trainer;
import dev.swage.train.TrainingException;
import dev.swage.train.head.Head;
import dev.swage.train.head.ModelOutputs;
import dev.swage.train.head.ModelWeights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;

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
    YamlValue onnx = entries.require("onnx");
    Path file = path(onnx);
    OnnxModel model = at(onnx, () -> OnnxReader.read(file));
    model = head(weights(outputs(model, entries), entries), entries, seed);
    return new Read(model, tuning(model, entries, file));
  }

  private static OnnxModel outputs(OnnxModel model, YamlValue.Entries entries) {
    return entries
        .get("outputs")
        .map(value -> at(value, () -> ModelOutputs.keep(model, words(value))))
        .orElse(model);
  }

  private static OnnxModel weights(OnnxModel model, YamlValue.Entries entries) {
    Optional<YamlValue> weights = entries.get("weights");
    Map<String, String> renames = new LinkedHashMap<>();
    if (entries.has("rename")) {
      YamlValue rename = entries.require("rename");
      if (weights.isEmpty()) {
        throw rename.error(rename.key() + " is for names in a file of weights; say weights: FILE");
      }
      rename.rawEntries().forEach((from, to) -> renames.put(from, to.text()));
    }
    return weights
        .map(value -> at(value, () -> ModelWeights.load(model, path(value), renames).model()))
        .orElse(model);
  }

  private static OnnxModel head(OnnxModel model, YamlValue.Entries entries, long seed) {
    return entries
        .get("head")
        .map(value -> {
          int outputs = outputs(value);
          return at(value, () -> Head.replace(model, outputs, seed));
        })
        .orElse(model);
  }

  private static Tuning tuning(OnnxModel model, YamlValue.Entries entries, Path file) {
    Trainer trainer = Trainer.of(model);
    return new Tuning(
        Optional.of(file),
        entries.get("weights").map(ModelReader::path),
        patterns(entries.get("train"), trainer::train),
        patterns(entries.get("freeze"), trainer::freeze),
        entries.get(
            "statistics", false, word -> word.choice(Map.of("frozen", true, "learned", false))),
        OptionalDouble.empty());
  }

  /** A way to give a trainer patterns. */
  private interface Choice {
    Trainer of(String... patterns);
  }

  /** Patterns, each of which matches something and which leave something to train. */
  private static List<String> patterns(Optional<YamlValue> value, Choice choice) {
    if (value.isEmpty()) {
      return List.of();
    }
    List<String> patterns = words(value.get());
    return at(
        value.get(),
        () -> {
          choice.of(patterns.toArray(String[]::new)).trainedWeights();
          return patterns;
        });
  }

  /** {@code 10} or {@code {outputs: 10}}. */
  private static int outputs(YamlValue value) {
    YamlValue number = value.isMap() ? value.entries(List.of("outputs")).require("outputs") : value;
    return number.integer(1, Integer.MAX_VALUE);
  }

  private static List<String> words(YamlValue value) {
    return value.items().stream().map(YamlValue::text).toList();
  }

  private static Path path(YamlValue value) {
    return at(value, () -> Path.of(value.text()));
  }

  /** Gives what is wrong with a model the place of the key that asked for it. */
  private static <T> T at(YamlValue value, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (OnnxException | TrainingException | IllegalArgumentException e) {
      throw value.error(value.key() + ": " + e.getMessage(), e);
    }
  }
}
