package dev.swage.cli.recipe;

import dev.swage.data.Suggestion;
import dev.swage.data.yaml.YamlValue;
import dev.swage.range.RangeControls;
import dev.swage.train.Adam;
import dev.swage.train.AdamW;
import dev.swage.train.Disturbance;
import dev.swage.train.EarlyStopping;
import dev.swage.train.LearningRate;
import dev.swage.train.Loss;
import dev.swage.train.Metric;
import dev.swage.train.Optimizer;
import dev.swage.train.Sgd;
import dev.swage.train.StopTarget;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/** Reads the {@code train:} part of a recipe. */
final class TrainingReader {
  private static final List<String> KEYS =
      List.of(
          "loss",
          "optimizer",
          "schedule",
          "batch",
          "epochs",
          "accumulate",
          "clip",
          "range",
          "report",
          "label-smoothing",
          "class-weights",
          "average",
          "early-stopping",
          "stop",
          "disturb");

  private TrainingReader() {}

  /**
   * @param average decay of the weights' moving average
   */
  record Read(Training training, OptionalDouble average) {}

  static Read read(YamlValue value) {
    YamlValue.Entries entries = value.entries(KEYS);
    OptionalDouble average =
        entries.get("average", OptionalDouble.empty(), decay -> OptionalDouble.of(fraction(decay)));
    return new Read(training(entries), average);
  }

  private static double fraction(YamlValue value) {
    double number = value.number();
    if (number < 0 || number >= 1) {
      throw value.error("%s must be in [0, 1), got %s".formatted(value.key(), value.text()));
    }
    return number;
  }

  private static Training training(YamlValue.Entries entries) {
    Loss loss = LossReader.read(entries);
    Optional<RangeControls> range = entries.get("range").flatMap(RangeReader::readOrNone);
    return new Training(
        loss,
        optimizer(entries.require("optimizer")),
        entries.get("schedule", LearningRate.constant(), TrainingReader::schedule),
        ClipReader.read(entries.require("clip")),
        entries.require("batch").integer(1, Integer.MAX_VALUE),
        entries.require("epochs").integer(1, Integer.MAX_VALUE),
        entries.get("accumulate", 1, n -> n.integer(1, Integer.MAX_VALUE)),
        entries.get("early-stopping").map(value -> earlyStopping(value, loss)),
        entries.get("stop").map(value -> target(value, loss)),
        entries.get("disturb").map(TrainingReader::disturbance),
        range,
        range.isPresent() || entries.get("report", false, TrainingReader::profiles));
  }

  private static boolean profiles(YamlValue value) {
    return value.choice(Map.of("weights", true));
  }

  private static Disturbance disturbance(YamlValue value) {
    YamlValue.Entries entries = value.entries(List.of("step", "factor"));
    return checked(
        value,
        () ->
            new Disturbance(
                entries.require("step").integer(0, Integer.MAX_VALUE),
                entries.require("factor").number()));
  }

  private static StopTarget target(YamlValue value, Loss loss) {
    YamlValue.Entries entries = value.entries(List.of("metric", "at", "every"));
    return checked(
        value,
        () ->
            new StopTarget(
                metric(entries.require("metric"), loss),
                entries.require("at").number(),
                entries.get("every", 1000, n -> n.integer(1, Integer.MAX_VALUE))));
  }

  private static Metric metric(YamlValue value, Loss loss) {
    Metric metric = value.choice(Metric.byWord());
    if (!metric.fits(loss)) {
      throw value.error(
          "%s: %s is for %s, and loss %s is not"
              .formatted(
                  value.key(),
                  metric.word(),
                  loss.classifies() ? "values" : "classes",
                  loss.describe()));
    }
    return metric;
  }

  private static EarlyStopping earlyStopping(YamlValue value, Loss loss) {
    YamlValue.Entries entries = value.entries(List.of("patience", "metric"));
    return EarlyStopping.on(
        entries.get("metric", Metric.LOSS, metric -> metric(metric, loss)),
        entries.require("patience").integer(1, Integer.MAX_VALUE));
  }

  static Optimizer optimizer(YamlValue value) {
    Map<String, YamlValue> kinds = value.rawEntries();
    if (kinds.size() != 1) {
      throw value.error(
          "optimizer is one of sgd, adam, adamw with its settings; got " + kinds.keySet());
    }
    Map.Entry<String, YamlValue> only = kinds.entrySet().iterator().next();
    String kind = only.getKey();
    YamlValue settings = only.getValue();
    return switch (kind) {
      case "sgd" -> checked(settings, () -> sgd(settings));
      case "adam" -> checked(settings, () -> adam(settings));
      case "adamw" -> checked(settings, () -> adamW(settings));
      default ->
          throw value.error(
              "unknown optimizer '%s'; %s"
                  .formatted(kind, Suggestion.forWord(kind, List.of("sgd", "adam", "adamw"))));
    };
  }

  private static Sgd sgd(YamlValue value) {
    YamlValue.Entries entries =
        value.entries(List.of("lr", "momentum", "nesterov", "weight-decay"));
    return new Sgd(
        entries.require("lr").number(),
        entries.get("momentum", 0.0, YamlValue::number),
        entries.get("nesterov", false, YamlValue::bool),
        entries.get("weight-decay", 0.0, YamlValue::number));
  }

  private static final List<String> ADAM_KEYS =
      List.of("lr", "beta1", "beta2", "epsilon", "weight-decay");

  private static Adam adam(YamlValue value) {
    YamlValue.Entries entries = value.entries(ADAM_KEYS);
    Adam base = Adam.of(entries.require("lr").number());
    return new Adam(
        base.learningRate(),
        entries.get("beta1", base.beta1(), YamlValue::number),
        entries.get("beta2", base.beta2(), YamlValue::number),
        entries.get("epsilon", base.epsilon(), YamlValue::number),
        entries.get("weight-decay", base.weightDecay(), YamlValue::number));
  }

  private static AdamW adamW(YamlValue value) {
    YamlValue.Entries entries = value.entries(ADAM_KEYS);
    AdamW base = AdamW.of(entries.require("lr").number());
    return new AdamW(
        base.learningRate(),
        entries.get("beta1", base.beta1(), YamlValue::number),
        entries.get("beta2", base.beta2(), YamlValue::number),
        entries.get("epsilon", base.epsilon(), YamlValue::number),
        entries.get("weight-decay", base.weightDecay(), YamlValue::number));
  }

  static LearningRate schedule(YamlValue value) {
    if (value.isScalar()) {
      return value.choice(
          Map.of("constant", LearningRate.constant(), "cosine", LearningRate.cosine()));
    }
    YamlValue.Entries entries = value.entries(List.of("cosine", "step", "warm-up"));
    entries.exclusive("cosine", "step");
    return checked(
        value,
        () -> {
          LearningRate main = LearningRate.constant();
          if (entries.has("cosine")) {
            YamlValue.Entries cosine = entries.require("cosine").entries(List.of("final"));
            main = new LearningRate.Cosine(cosine.get("final", 0.0, YamlValue::number));
          } else if (entries.has("step")) {
            YamlValue.Entries step = entries.require("step").entries(List.of("every", "factor"));
            main =
                LearningRate.stepDecay(
                    step.require("every").integer(1, Integer.MAX_VALUE),
                    step.require("factor").number());
          }
          return entries.has("warm-up")
              ? LearningRate.warmUp(entries.require("warm-up").integer(1, Integer.MAX_VALUE), main)
              : main;
        });
  }

  /** Gives a complaint about a value the place where the value stands. */
  static <T> T checked(YamlValue value, Supplier<T> read) {
    try {
      return read.get();
    } catch (IllegalArgumentException e) {
      throw value.error(value.key() + ": " + e.getMessage(), e);
    }
  }
}
