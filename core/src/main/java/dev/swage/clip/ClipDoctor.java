package dev.swage.clip;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a run's clip history and says what is wrong with its clipping, with evidence and a setting
 * to try. What it looks for is in {@link ClipFinding.Kind}; a history of fewer than {@value
 * #FEWEST_STEPS} steps is only searched for bursts of non-finite gradients.
 */
public final class ClipDoctor {
  /** Below so many steps no share means anything. */
  public static final int FEWEST_STEPS = 50;

  private static final double ALWAYS = 0.95;
  private static final double OFTEN = 0.5;
  private static final double FAR_BELOW = 10;
  private static final double DOMINANT = 0.5;
  private static final int BURST_WINDOW = 20;
  private static final int BURST = 3;

  private final List<ObservedStep> steps;
  private final boolean scaleInvariant;

  private ClipDoctor(List<ObservedStep> steps, boolean scaleInvariant) {
    this.steps = steps;
    this.scaleInvariant = scaleInvariant;
  }

  /**
   * What a history shows, the gravest first; empty if nothing is wrong.
   *
   * @param scaleInvariant whether the optimizer's update does not change when all gradients are
   *     multiplied by a constant, as Adam's
   */
  public static List<ClipFinding> examine(List<ObservedStep> steps, boolean scaleInvariant) {
    return new ClipDoctor(List.copyOf(steps), scaleInvariant).findings();
  }

  private List<ClipFinding> findings() {
    List<ClipFinding> findings = new ArrayList<>();
    nonFiniteBurst().ifPresent(findings::add);
    if (steps.size() >= FEWEST_STEPS) {
      thresholdFinding().ifPresent(findings::add);
      dominated().ifPresent(findings::add);
      scaleInvariance().ifPresent(findings::add);
      new QuantizerSigns(steps).findings().forEach(findings::add);
    }
    return findings;
  }

  /** At most one of: unreachable, never, always; they exclude each other. */
  private Optional<ClipFinding> thresholdFinding() {
    List<ObservedStep> bounded =
        steps.stream().filter(s -> Double.isFinite(s.threshold()) && !s.skipped()).toList();
    if (bounded.size() < FEWEST_STEPS) {
      return Optional.empty();
    }
    long clipped = bounded.stream().filter(ObservedStep::clipped).count();
    Optional<ClipFinding> unreachable = unreachable(bounded);
    if (unreachable.isPresent()) {
      return unreachable;
    }
    NormStatistics norms = norms(bounded);
    if (clipped == 0) {
      return Optional.of(
          new ClipFinding(
              ClipFinding.Kind.NEVER_CLIPS,
              String.format(
                  Locale.ROOT,
                  "none of %,d steps was clipped; the largest norm is %s, the threshold %s",
                  bounded.size(),
                  text(norms.largest()),
                  text(bounded.getLast().threshold())),
              String.format(
                  Locale.ROOT,
                  "To guard against spikes, set a threshold near twice the median norm: %s",
                  text(2 * norms.median()))));
    }
    if (clipped >= ALWAYS * bounded.size()) {
      return Optional.of(
          new ClipFinding(
              ClipFinding.Kind.ALWAYS_CLIPS,
              String.format(
                  Locale.ROOT,
                  "%s of %,d steps were clipped; the median norm is %s, the threshold %s",
                  percent(clipped, bounded.size()),
                  bounded.size(),
                  text(norms.median()),
                  text(bounded.getLast().threshold())),
              String.format(
                  Locale.ROOT,
                  "You have set a step size, not a guard: every step has the same length. For a guard"
                      + " set twice the median norm, %s; to keep the step size, lower the learning"
                      + " rate by the median factor %s with it",
                  text(2 * norms.median()),
                  text(bounded.getLast().threshold() / norms.median()))));
    }
    return Optional.empty();
  }

  /**
   * Far below the threshold for the whole second half: from the start, or since the norms fell, as
   * they do when a summed loss becomes a mean.
   */
  private Optional<ClipFinding> unreachable(List<ObservedStep> bounded) {
    List<ObservedStep> later = bounded.subList(bounded.size() / 2, bounded.size());
    boolean far = later.stream().allMatch(s -> s.normBefore() * FAR_BELOW < s.threshold());
    if (!far) {
      return Optional.empty();
    }
    int last = bounded.size() - 1;
    while (last >= 0
        && bounded.get(last).normBefore() * FAR_BELOW < bounded.get(last).threshold()) {
      last--;
    }
    NormStatistics norms = norms(later);
    double ratio = later.getLast().threshold() / norms.largest();
    String since = last < 0 ? "in every step" : "since step " + bounded.get(last + 1).step();
    return Optional.of(
        new ClipFinding(
            ClipFinding.Kind.UNREACHABLE_THRESHOLD,
            String.format(
                Locale.ROOT,
                "%s the norm is at least %s times below the threshold %s (largest %s)",
                since,
                text(ratio),
                text(later.getLast().threshold()),
                text(norms.largest())),
            String.format(
                Locale.ROOT,
                "Thresholds belong to a loss: one for a summed loss is out of reach of its mean. Set"
                    + " twice the median norm, %s",
                text(2 * norms.median()))));
  }

  private Optional<ClipFinding> dominated() {
    Map<String, Integer> times = new HashMap<>();
    Map<String, Double> shares = new HashMap<>();
    int counted = 0;
    for (ObservedStep step : steps) {
      if (step.topShares().size() < 2) {
        continue; // a network of one parameter, or no norm
      }
      counted++;
      ClipRecord.Share top = step.topShares().getFirst();
      if (top.share() > DOMINANT) {
        times.merge(top.parameter(), 1, Integer::sum);
        shares.merge(top.parameter(), top.share(), Double::sum);
      }
    }
    Optional<Map.Entry<String, Integer>> most =
        times.entrySet().stream().max(Map.Entry.<String, Integer>comparingByValue());
    if (most.isEmpty() || most.get().getValue() < OFTEN * counted) {
      return Optional.empty();
    }
    String parameter = most.get().getKey();
    int count = most.get().getValue();
    double share = shares.getOrDefault(parameter, 0.0) / count;
    return Optional.of(
        new ClipFinding(
            ClipFinding.Kind.DOMINATED_BY_ONE_PARAMETER,
            String.format(
                Locale.ROOT,
                "%s owns %.0f %% of the squared norm on average, in %s of the steps",
                parameter,
                100 * share,
                percent(count, counted)),
            "Its gradient decides how far all others are scaled: give it a group of its own, or clip"
                + " by tensor or per unit"));
  }

  private Optional<ClipFinding> scaleInvariance() {
    long clipped = steps.stream().filter(ObservedStep::clipped).count();
    if (!scaleInvariant || clipped < OFTEN * steps.size()) {
      return Optional.empty();
    }
    return Optional.of(
        new ClipFinding(
            ClipFinding.Kind.SCALE_INVARIANT_OPTIMIZER,
            String.format(
                Locale.ROOT,
                "%s of the steps were clipped, and the optimizer divides by the gradient's own size",
                percent(clipped, steps.size())),
            "A factor that is the same at every step changes nothing here; only rarely clipped"
                + " spikes count. Raise the threshold, and set the step length by the learning rate"));
  }

  private Optional<ClipFinding> nonFiniteBurst() {
    int from = 0;
    int inWindow = 0;
    int most = 0;
    int mostEnd = -1;
    for (int i = 0; i < steps.size(); i++) {
      inWindow += steps.get(i).nonFinite() > 0 ? 1 : 0;
      while (i - from >= BURST_WINDOW) {
        inWindow -= steps.get(from++).nonFinite() > 0 ? 1 : 0;
      }
      if (inWindow > most) {
        most = inWindow;
        mostEnd = i;
      }
    }
    if (most < BURST) {
      return Optional.empty();
    }
    ObservedStep first =
        steps.subList(Math.max(0, mostEnd - BURST_WINDOW + 1), mostEnd + 1).stream()
            .filter(s -> s.nonFinite() > 0)
            .findFirst()
            .orElseThrow();
    return Optional.of(
        new ClipFinding(
            ClipFinding.Kind.NON_FINITE_BURST,
            String.format(
                Locale.ROOT,
                "%d of the %d steps to step %d had NaN or infinite gradients, the first at step %d in %s",
                most,
                Math.min(BURST_WINDOW, mostEnd + 1),
                steps.get(mostEnd).step(),
                first.step(),
                first.firstNonFinite().orElse("an unnamed parameter")),
            "Weights or activations have left the range of float32: lower the learning rate, clip"
                + " harder, and look at the batches of those steps"));
  }

  private static NormStatistics norms(List<ObservedStep> of) {
    return NormStatistics.of(of.stream().mapToDouble(ObservedStep::normBefore).toArray());
  }

  private static String text(double value) {
    return NormStatistics.text(value);
  }

  private static String percent(long part, long whole) {
    return String.format(Locale.ROOT, "%.1f %%", 100.0 * part / whole);
  }
}
