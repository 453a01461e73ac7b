package dev.swage.compress.proof;

import dev.swage.compress.diagnose.LayerNoise;
import dev.swage.compress.plan.ModelPlan;
import dev.swage.compress.plan.PlannedNode;
import dev.swage.run.measure.OutputError;
import dev.swage.run.measure.OutputError.Unmeasured;
import dev.swage.run.measure.Part;
import dev.swage.run.score.OutputFidelity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What quantization did to a model's outputs that a user would not want, by fixed limits:
 *
 * <table>
 * <caption>Limits</caption>
 * <tr><th>figure</th><th>severe</th><th>to be noted</th></tr>
 * <tr><td>SQNR of an output</td><td>below 10 dB</td><td>below 20 dB</td></tr>
 * <tr><td>SQNR of a quantity in an output</td><td></td><td>below 10 dB</td></tr>
 * <tr><td>variation kept of an output, a quantity or a place</td><td>below 2 dB</td><td></td></tr>
 * <tr><td>equal elements of an integer output</td><td>below 80 %</td><td>below 95 %</td></tr>
 * <tr><td>accuracy lost</td><td>more than 5 points</td><td></td></tr>
 * </table>
 *
 * <p>A bound of the user's own takes the place of the limit on the same figure.
 *
 * @param findings the worst first
 * @param onNoise whether the inputs were random: findings are no more than a warning then
 * @param worstNodes the nodes that add most noise, worst first, with it
 */
public record Damage(List<Finding> findings, boolean onNoise, List<String> worstNodes) {
  /** Decibels below which an output is of no use. */
  public static final double LEAST_SQNR_DB = 10;

  /** Decibels below which a user should know. */
  public static final double NOTED_SQNR_DB = 20;

  /** Decibels of variation below which a quantity is lost: at 0 it is one value. */
  public static final double LEAST_VARIATION_DB = 2;

  /** Share of equal elements below which an integer output is of no use. */
  public static final double LEAST_AGREEMENT = 0.8;

  /** Share of equal elements below which a user should know. */
  public static final double NOTED_AGREEMENT = 0.95;

  /** Share of accuracy that may be lost. */
  public static final double MOST_ACCURACY_LOST = 0.05;

  private static final int WORST_NODES = 3;

  public Damage {
    findings = List.copyOf(findings);
    worstNodes = List.copyOf(worstNodes);
  }

  /**
   * One thing that is wrong.
   *
   * @param text in words, with its figure
   * @param severe whether the file is of no use
   */
  public record Finding(String text, boolean severe) {}

  /**
   * What has a bound of the user's own.
   *
   * @param sqnr the signal-to-noise ratio
   * @param accuracy the accuracy that may be lost
   */
  public record Bounded(boolean sqnr, boolean accuracy) {}

  /** Looks at what was proven. */
  public static Damage of(ModelPlan plan, Proof proof, Bounded bounded, boolean onNoise) {
    List<Finding> findings = new ArrayList<>();
    proof
        .fidelity()
        .map(OutputFidelity::outputs)
        .orElse(List.of())
        .forEach(output -> look(output, bounded, findings));
    OptionalDouble drop = proof.accuracyDrop();
    if (!bounded.accuracy() && drop.orElse(0) > MOST_ACCURACY_LOST) {
      findings.add(
          new Finding(
              String.format(Locale.ROOT, "accuracy fell by %.1f points", 100 * drop.getAsDouble()),
              true));
    }
    findings.sort(Comparator.comparing(finding -> !finding.severe()));
    return new Damage(findings, onNoise, findings.isEmpty() ? List.of() : worst(plan, proof));
  }

  private static void look(OutputError output, Bounded bounded, List<Finding> findings) {
    output
        .unmeasured()
        .filter(why -> why == Unmeasured.OTHER_SHAPES)
        .ifPresent(why ->
            findings.add(
                new Finding(
                    String.format(
                        Locale.ROOT, "output '%s' is not measured: %s", output.name(), why.text()),
                    false)));
    Optional<Part> lost = output.variation().filter(part -> !(part.sqnrDb() >= LEAST_VARIATION_DB));
    if (output.sqnrDb().isPresent() && !bounded.sqnr()) {
      double whole = output.sqnrDb().getAsDouble();
      if (!(whole >= NOTED_SQNR_DB)) {
        findings.add(
            new Finding(
                decibels(output.describe(Part.WHOLE), "SQNR", whole), !(whole >= LEAST_SQNR_DB)));
      }
      output
          .worst()
          .filter(part -> !part.isWhole() && !(part.sqnrDb() >= LEAST_SQNR_DB) && lost.isEmpty())
          .ifPresent(part ->
              findings.add(
                  new Finding(decibels(output.describe(part), "SQNR", part.sqnrDb()), false)));
    }
    lost.ifPresent(part ->
        findings.add(
            new Finding(
                decibels(output.describe(part), "its variation is lost,", part.sqnrDb()), true)));
    if (output.agreement().orElse(1) < NOTED_AGREEMENT) {
      double share = output.agreement().getAsDouble();
      findings.add(
          new Finding(
              String.format(
                  Locale.ROOT,
                  "output '%s': %.1f %% of the elements differ",
                  output.name(),
                  100 * (1 - share)),
              share < LEAST_AGREEMENT));
    }
  }

  private static String decibels(String what, String figure, double value) {
    return String.format(Locale.ROOT, "%s: %s %.1f dB", what, figure, value);
  }

  /** By the noise measured at each node; by what was expected where nothing was measured. */
  private static List<String> worst(ModelPlan plan, Proof proof) {
    List<String> measured =
        proof.layers().stream()
            .filter(layer -> layer.isolatedDb() < Double.POSITIVE_INFINITY)
            .sorted(LayerNoise.BY_ISOLATED)
            .map(layer -> node(layer.node(), layer.operator(), layer.isolatedDb()))
            .distinct()
            .limit(WORST_NODES)
            .toList();
    return !measured.isEmpty()
        ? measured
        : plan.nodes().stream()
            .filter(node -> node.choice().isQuantized() && node.expectedSqnrDb().isPresent())
            .sorted(Comparator.comparingDouble(node -> node.expectedSqnrDb().getAsDouble()))
            .map(Damage::node)
            .limit(WORST_NODES)
            .toList();
  }

  private static String node(PlannedNode node) {
    return node(node.name(), node.operator(), node.expectedSqnrDb().orElse(0));
  }

  private static String node(String name, String operator, double decibels) {
    return String.format(Locale.ROOT, "%s (%s) %.1f dB", name, operator, decibels);
  }

  /** Whether the file is of no use, as far as data can tell. */
  public boolean isSevere() {
    return !onNoise && findings.stream().anyMatch(Finding::severe);
  }

  public boolean isEmpty() {
    return findings.isEmpty();
  }
}
