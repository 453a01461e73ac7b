package dev.swage.clip;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * What clipping did over a run: exact norms, thresholds and coefficients of every step, 24 bytes a
 * step, and counts. Not thread-safe.
 */
public final class ClipHistory {
  private double[] norms = new double[1024];
  private double[] thresholds = new double[1024];
  private double[] coefficients = new double[1024];
  private final BitSet clipped = new BitSet();
  private int steps;
  private long skipped;
  private long nonFinite;
  private String method = "none";
  private double threshold = Double.POSITIVE_INFINITY;

  /** A history without any step. */
  public ClipHistory() {}

  /** Adds the next step. */
  public void add(ClipDecision decision) {
    add(decision.record(), decision instanceof ClipDecision.Skip);
  }

  /** Adds the next step from its record. */
  public void add(ClipRecord record, boolean wasSkipped) {
    if (steps == norms.length) {
      norms = Arrays.copyOf(norms, steps * 2);
      thresholds = Arrays.copyOf(thresholds, steps * 2);
      coefficients = Arrays.copyOf(coefficients, steps * 2);
    }
    norms[steps] = record.normBefore();
    if (wasSkipped) {
      skipped++;
    } else {
      method = record.method();
      threshold = record.threshold();
    }
    thresholds[steps] = threshold;
    coefficients[steps] = record.coefficient();
    clipped.set(steps, record.clipped());
    steps++;
    nonFinite += record.nonFinite();
  }

  /** The norm before clipping at every step; NaN or infinite where the gradients were. */
  public double[] norms() {
    return Arrays.copyOf(norms, steps);
  }

  /**
   * The threshold in force at every step, at a skipped one that of the step before; +∞ where
   * nothing could be clipped.
   */
  public double[] thresholds() {
    return Arrays.copyOf(thresholds, steps);
  }

  /** The (smallest) factor applied at every step; 1 where nothing was clipped. */
  public double[] coefficients() {
    return Arrays.copyOf(coefficients, steps);
  }

  /** The steps at which any gradient was changed. */
  public BitSet clipped() {
    return (BitSet) clipped.clone();
  }

  public Summary summary() {
    return new Summary(
        method,
        steps,
        clipped.cardinality(),
        skipped,
        nonFinite,
        NormStatistics.of(norms()).quartiles(),
        threshold);
  }

  /** Everything remembered, apart from this history's memory: for checkpoints. */
  public Snapshot snapshot() {
    return new Snapshot(
        norms(), thresholds(), coefficients(), clipped(), skipped, nonFinite, method, threshold);
  }

  /**
   * A history that goes on from a snapshot.
   *
   * @throws IllegalArgumentException if the snapshot has not as many thresholds as norms
   */
  public static ClipHistory of(Snapshot snapshot) {
    if (snapshot.norms.length != snapshot.thresholds.length
        || snapshot.norms.length != snapshot.coefficients.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a clip history needs a threshold and a coefficient for each norm, got %d norms, %d thresholds and %d coefficients",
              snapshot.norms.length,
              snapshot.thresholds.length,
              snapshot.coefficients.length));
    }
    ClipHistory history = new ClipHistory();
    history.steps = snapshot.norms.length;
    int capacity = Math.max(history.norms.length, history.steps);
    history.norms = Arrays.copyOf(snapshot.norms, capacity);
    history.thresholds = Arrays.copyOf(snapshot.thresholds, capacity);
    history.coefficients = Arrays.copyOf(snapshot.coefficients, capacity);
    history.clipped.or(snapshot.clipped);
    history.skipped = snapshot.skipped;
    history.nonFinite = snapshot.nonFinite;
    history.method = snapshot.method;
    history.threshold = snapshot.threshold;
    return history;
  }

  /**
   * What a history remembers, as {@link #norms}, {@link #thresholds}, {@link #coefficients} and
   * {@link #clipped} give it, and the rest of its {@link #summary}.
   */
  @SuppressWarnings("ArrayRecordComponent") // a carrier for a moment: nobody compares it
  public record Snapshot(
      double[] norms,
      double[] thresholds,
      double[] coefficients,
      BitSet clipped,
      long skipped,
      long nonFinite,
      String method,
      double threshold) {}

  /**
   * A run in a few numbers.
   *
   * @param method the clipper in words
   * @param steps optimizer steps, with those skipped
   * @param clippedSteps steps at which any gradient was changed
   * @param skipped steps not taken because gradients were not finite
   * @param nonFinite NaN and infinite gradient elements over the run
   * @param normQuartiles minimum, lower quartile, median, upper quartile, maximum of the norms
   *     before clipping, of the steps where it was finite; NaN if there was none
   * @param threshold the threshold at the last step that was taken; +∞ when nothing clips
   */
  public record Summary(
      String method,
      long steps,
      long clippedSteps,
      long skipped,
      long nonFinite,
      List<Double> normQuartiles,
      double threshold) {
    public Summary {
      normQuartiles = List.copyOf(normQuartiles);
    }

    /** Share of the steps at which any gradient was changed, in [0, 1]; 0 of no steps. */
    public double clippedFraction() {
      return steps == 0 ? 0 : (double) clippedSteps / steps;
    }

    /**
     * One line for a console: {@code clip=global norm 2, grad-norm quartiles 0.11 0.24 0.31 0.42
     * 2.6, threshold=0.5, percent-clipped=12.3}, and what was skipped, if anything was.
     */
    public String line() {
      StringBuilder line =
          new StringBuilder("clip=").append(method).append(", grad-norm quartiles");
      normQuartiles.forEach(q -> line.append(String.format(Locale.ROOT, " %.3g", q)));
      line.append(String.format(Locale.ROOT, ", threshold=%s", threshold));
      line.append(String.format(Locale.ROOT, ", percent-clipped=%.1f", 100 * clippedFraction()));
      if (skipped > 0) {
        line.append(String.format(Locale.ROOT, ", skipped=%d", skipped));
      }
      if (nonFinite > 0) {
        line.append(String.format(Locale.ROOT, ", non-finite=%d", nonFinite));
      }
      return line.toString();
    }
  }
}
