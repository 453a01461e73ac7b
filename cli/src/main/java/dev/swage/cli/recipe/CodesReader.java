package dev.swage.cli.recipe;

import dev.swage.clip.Clip;
import dev.swage.compress.plan.WeightGrouping;
import dev.swage.data.yaml.YamlValue;
import dev.swage.hybrid.QatOptions;
import dev.swage.train.AdamW;
import dev.swage.train.LearningRate;
import dev.swage.train.Loss;
import dev.swage.train.quantize.QuantizerMethod;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the {@code quantize:} part of a recipe. */
final class CodesReader {
  private static final List<String> KEYS =
      with(
          QuantizerScheduleReader.KEYS,
          "weights",
          "group",
          "per-tensor",
          "activations",
          "method",
          "first-last",
          "gradient-scale",
          "stages",
          "epochs",
          "distill",
          "optimizer",
          "schedule",
          "clip");

  private static final int FULL = 8;
  private static final double RATE = 5e-4;

  private CodesReader() {}

  private static List<String> with(List<String> others, String... own) {
    List<String> keys = new ArrayList<>(List.of(own));
    keys.addAll(others);
    return keys;
  }

  /**
   * Empty for {@code none}, so that a sweep can compare with it.
   *
   * @param loss of the whole recipe
   */
  static Optional<Codes> readOrNone(YamlValue value, Loss loss) {
    return value.isScalar() && value.text().equals("none")
        ? Optional.empty()
        : Optional.of(read(value, loss));
  }

  private static Codes read(YamlValue value, Loss loss) {
    YamlValue.Entries entries = value.entries(KEYS);
    int bits = weights(entries.require("weights"));
    List<QatOptions> stages = new ArrayList<>();
    for (int width : widths(entries, bits)) {
      stages.add(TrainingReader.checked(value, () -> options(entries, width)));
    }
    return new Codes(
        stages,
        QuantizerScheduleReader.read(entries, stages.getLast()),
        entries.get("distill").map(distill -> DistillReader.read(distill, loss)),
        entries.get("epochs", 1, n -> n.integer(1, Integer.MAX_VALUE)),
        entries.get("optimizer", AdamW.of(RATE).withWeightDecay(0), TrainingReader::optimizer),
        entries.get("schedule", LearningRate.cosine(), TrainingReader::schedule),
        entries.get("clip", Clip.byGlobalNorm(1), ClipReader::read));
  }

  private static QatOptions options(YamlValue.Entries entries, int bits) {
    QatOptions options =
        QatOptions.of(bits)
            .withMethod(
                entries.get(
                    "method", QuantizerMethod.LSQ, word -> word.choice(QuantizerMethod.byWord())))
            .withActivationBits(
                entries.get("activations", FULL, word -> word.choice(activations())))
            .withScalesGradient(entries.get("gradient-scale", true, YamlValue::bool))
            .withEndBits(Math.max(bits, entries.get("first-last", FULL, CodesReader::weights)));
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
