package dev.swage.clip;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a history says of the quantizers that a model is trained through. */
final class QuantizerSigns {
  private static final double DOMINANT = 0.5;
  private static final double OFTEN = 0.5;

  /** Of all codes, in one step, in the second half of a run. */
  private static final double MANY = 0.02;

  private static final int FEWEST_MEASURED = 4;

  private final List<ObservedStep> steps;

  QuantizerSigns(List<ObservedStep> steps) {
    this.steps = steps;
  }

  List<ClipFinding> findings() {
    List<ClipFinding> findings = new ArrayList<>();
    dominance().ifPresent(findings::add);
    oscillation().ifPresent(findings::add);
    return findings;
  }

  private Optional<ClipFinding> dominance() {
    double[] shares =
        steps.stream()
            .filter(step -> step.quantizerShare().isPresent())
            .mapToDouble(step -> step.quantizerShare().getAsDouble())
            .toArray();
    long above = 0;
    double sum = 0;
    for (double share : shares) {
      above += share > DOMINANT ? 1 : 0;
      sum += share;
    }
    if (shares.length == 0 || above < OFTEN * shares.length) {
      return Optional.empty();
    }
    return Optional.of(
        new ClipFinding(
            ClipFinding.Kind.SCALES_OWN_THE_NORM,
            String.format(
                Locale.ROOT,
                "scales of quantizers own %.0f %% of the squared norm on average, and more than half"
                    + " of it in %.1f %% of the steps",
                100 * sum / shares.length,
                100.0 * above / shares.length),
            "A norm that is clipped for their sake shortens the step of all weights: divide their"
                + " gradients by \u221a(N\u00b7qmax) (gradient-scale: true), or clip the role"
                + " quantizer in a group of its own"));
  }

  private Optional<ClipFinding> oscillation() {
    List<ObservedStep> measured = steps.stream().filter(s -> s.flips().isPresent()).toList();
    if (measured.size() < FEWEST_MEASURED) {
      return Optional.empty();
    }
    double late =
        measured.subList(measured.size() / 2, measured.size()).stream()
            .mapToDouble(step -> step.flips().getAsDouble())
            .average()
            .orElse(0);
    if (late < MANY) {
      return Optional.empty();
    }
    return Optional.of(
        new ClipFinding(
            ClipFinding.Kind.OSCILLATING_CODES,
            String.format(
                Locale.ROOT,
                "in the second half of the run a step still changes %.1f %% of the codes of weights",
                100 * late),
            "Codes of weights change again and again near rounding points: let the learning rate fall to 0 (schedule:"
                + " cosine), or lower it"));
  }
}
