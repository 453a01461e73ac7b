package dev.swage.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A run's result in plain words. */
public final class Headline {
  private Headline() {}

  /**
   * One sentence for each narrowed model, as {@code int8 keeps 98.90 % accuracy (−0.10 points) at
   * 0.27× the size.}; one about the reference alone when there is no other.
   */
  public static String of(RunReport run) {
    ModelResult reference = run.reference();
    List<ModelResult> others = run.models().subList(1, run.models().size());
    if (others.isEmpty()) {
      return String.format(
          Locale.ROOT,
          "%s reaches %s in %s.",
          reference.name(),
          quality(reference),
          Numbers.bytes(reference.bytes()));
    }
    return others.stream()
        .map(model -> sentence(model, reference))
        .collect(Collectors.joining(" "));
  }

  private static String sentence(ModelResult model, ModelResult reference) {
    return String.format(
        Locale.ROOT,
        "%s %s %s at %s the size.",
        model.name(),
        isWorse(model, reference) ? "reaches" : "keeps",
        quality(model) + change(model, reference),
        Numbers.ratio(model.sizeRatioTo(reference)));
  }

  private static String quality(ModelResult model) {
    if (model.accuracy().isPresent()) {
      return Numbers.percent(model.accuracy().getAsDouble(), 2) + " accuracy";
    }
    if (model.loss().isPresent()) {
      return "loss " + Numbers.significant(model.loss().getAsDouble(), 4);
    }
    return "no measured quality";
  }

  private static String change(ModelResult model, ModelResult reference) {
    if (model.accuracy().isPresent() && reference.accuracy().isPresent()) {
      double change = model.accuracy().getAsDouble() - reference.accuracy().getAsDouble();
      return String.format(
          Locale.ROOT, " (%s points)", change == 0 ? "±0.00" : Numbers.points(change));
    }
    if (model.loss().isPresent() && reference.loss().isPresent()) {
      return String.format(
          Locale.ROOT, " (float: %s)", Numbers.significant(reference.loss().getAsDouble(), 4));
    }
    return "";
  }

  /** Whether the word “keeps” would flatter: more than a whole point of accuracy is gone. */
  private static boolean isWorse(ModelResult model, ModelResult reference) {
    return model.accuracy().isPresent()
        && reference.accuracy().isPresent()
        && model.accuracy().getAsDouble() < reference.accuracy().getAsDouble() - 0.01;
  }
}
