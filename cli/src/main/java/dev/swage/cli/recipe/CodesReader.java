package dev.swage.cli.recipe;

import dev.swage.clip.Clip;
import dev.swage.compress.plan.CompressException;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.data.yaml.YamlValue;
import dev.swage.hybrid.QatOptions;
import dev.swage.train.AdamW;
import dev.swage.train.LearningRate;
import dev.swage.train.quantize.QuantizerMethod;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the {@code quantize:} part of a recipe. */
final class CodesReader {
  private static final List<String> KEYS =
      List.of(
          "weights",
          "plan",
          "group",
          "per-tensor",
          "activations",
          "method",
          "first-last",
          "gradient-scale",
          "stages",
          "epochs",
          "optimizer",
          "schedule",
          "clip",
          "range");

  private static final int FULL = 8;
  private static final double RATE = 5e-4;

  private CodesReader() {}

  /** Empty for {@code none}, so that a sweep can compare with it. */
  static Optional<Codes> readOrNone(YamlValue value) {
    return value.isScalar() && value.text().equals("none")
        ? Optional.empty()
        : Optional.of(read(value));
  }

  private static Codes read(YamlValue value) {
    YamlValue.Entries entries = value.entries(KEYS);
    List.of("weights", "activations", "first-last", "group", "per-tensor")
        .forEach(key -> entries.exclusive("plan", key));
    Optional<CodesPlan> plan = entries.get("plan").map(CodesReader::plan);
    int bits = plan.map(CodesPlan::weightBits).orElseGet(() -> weights(entries.require("weights")));
    List<QatOptions> stages = new ArrayList<>();
    entries.get("first-last").ifPresent(ends -> requireEnds(ends, bits));
    for (int width : widths(entries, bits)) {
      stages.add(TrainingReader.checked(value, () -> options(entries, plan, width)));
    }
    return new Codes(
        stages,
        entries.get("epochs", 1, n -> n.integer(1, Integer.MAX_VALUE)),
        entries.get("optimizer", AdamW.of(RATE).withWeightDecay(0), TrainingReader::optimizer),
        entries.get("schedule", LearningRate.cosine(), TrainingReader::schedule),
        entries.get("clip", Clip.byGlobalNorm(1), ClipReader::read),
        plan,
        entries.get("range").map(RangeReader::read));
  }

  private static CodesPlan plan(YamlValue value) {
    try {
      return CodesPlan.read(Path.of(value.text()));
    } catch (CompressException | InvalidPathException e) {
      throw value.error(value.key() + ": " + e.getMessage(), e);
    }
  }

  private static QatOptions options(YamlValue.Entries entries, Optional<CodesPlan> plan, int bits) {
    QatOptions options =
        QatOptions.of(bits)
            .withMethod(
                entries.get(
                    "method", QuantizerMethod.LSQ, word -> word.choice(QuantizerMethod.byWord())))
            .withActivationBits(
                plan.map(CodesPlan::activationBits)
                    .orElseGet(
                        () -> entries.get("activations", FULL, word -> word.choice(activations()))))
            .withScalesGradient(entries.get("gradient-scale", true, YamlValue::bool));
    if (entries.has("first-last")) {
      options = options.withEndBits(Math.max(bits, weights(entries.require("first-last"))));
    }
    boolean perTensor = entries.get("per-tensor", false, YamlValue::bool);
    if (!entries.has("group")) {
      return perTensor
          ? options.withWeights(options.weights().withGrouping(WeightGrouping.perTensor()))
          : options;
    }
    YamlValue group = entries.require("group");
    if (perTensor) {
      throw group.error(
          group.key() + ": group and per-tensor are two ways of sharing scales: say one");
    }
    if (options.fixesRanges()) {
      throw group.error(
          group.key() + ": integer kernels take one scale per channel; say activations: none too");
    }
    int size = group.integer(1, Integer.MAX_VALUE);
    return options.withWeights(options.weights().withGrouping(WeightGrouping.groups(size)));
  }

  private static void requireEnds(YamlValue ends, int bits) {
    if (weights(ends) < bits) {
      throw ends.error(
          "%s: %s has fewer bits than weights, int%d: the first and last layer lose most"
              .formatted(ends.key(), ends.text(), bits));
    }
  }

  /** The widths of all stages, each at most as wide as the one before it. */
  private static List<Integer> widths(YamlValue.Entries entries, int last) {
    List<Integer> widths = new ArrayList<>();
    if (entries.has("stages")) {
      YamlValue stages = entries.require("stages");
      int before = FULL;
      for (YamlValue stage : stages.items()) {
        int width = weights(stage);
        if (width > before || width < last) {
          throw stage.error(
              "%s: a stage has at most the bits of the one before it and at least those of weights: %s after int%d, to int%d"
                  .formatted(stages.key(), stage.text(), before, last));
        }
        widths.add(width);
        before = width;
      }
    }
    if (widths.isEmpty() || widths.getLast() != last) {
      widths.add(last);
    }
    return widths;
  }

  private static int weights(YamlValue value) {
    Map<String, Integer> words = new LinkedHashMap<>();
    for (int bits = 2; bits <= FULL; bits++) {
      words.put("int" + bits, bits);
    }
    return value.choice(words);
  }

  private static Map<String, Integer> activations() {
    Map<String, Integer> words = new LinkedHashMap<>();
    words.put("none", 0);
    for (int bits = 4; bits <= FULL; bits++) {
      words.put("uint" + bits, bits);
    }
    return words;
  }
}
