package dev.swage.run.time;

import dev.swage.run.BoundInputs;
import dev.swage.run.ModelSession;
import dev.swage.tensor.Tensor;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Which of two sessions is faster. They run in pairs, one run of each, in turning order, and pairs
 * are compared: what the machine did meanwhile was done to both. Pairs are run until one side has
 * won so many that chance would not have it (three standard deviations from half of them, the sign
 * test), or until the time is up.
 *
 * @param usual about how long to measure at least, warming up apart
 * @param most how long to measure where it stays close
 */
public record LatencyRace(Duration usual, Duration most) {
  private static final int FEWEST = 20;
  private static final int MOST = 5000;
  private static final int USUAL_MOST = 1000;
  private static final double DEVIATIONS = 3;

  public LatencyRace {
    if (usual.isNegative() || most.compareTo(usual) < 0) {
      throw new IllegalArgumentException(
          "a race takes at least 0 and at most no less than that, got %s and %s"
              .formatted(usual, most));
    }
  }

  /** One second; ten where it stays close. */
  public static LatencyRace defaults() {
    return new LatencyRace(Duration.ofSeconds(1), Duration.ofSeconds(10));
  }

  /** Runs it. */
  public Latency.Pair run(ModelSession first, ModelSession second, List<Tensor> inputs) {
    double once = Latency.measure(first, inputs, 3, 5).p50() * 1e6;
    int usually = Math.clamp(Math.round(usual.toNanos() / once), FEWEST, USUAL_MOST);
    Latency.alternately(List.of(first, second), inputs, Math.max(5, usually / 10), 1);
    long[] a = new long[MOST];
    long[] b = new long[MOST];
    int pairs = 0;
    int wins = 0;
    try (BoundInputs left = first.bind(inputs);
        BoundInputs right = second.bind(inputs)) {
      long begin = System.nanoTime();
      while (pairs < usually
          || (pairs < MOST
              && !isDecided(wins, pairs)
              && System.nanoTime() - begin < most.toNanos())) {
        if (pairs % 2 == 0) {
          a[pairs] = first.time(left);
          b[pairs] = second.time(right);
        } else {
          b[pairs] = second.time(right);
          a[pairs] = first.time(left);
        }
        wins += b[pairs] < a[pairs] ? 1 : 0;
        pairs++;
      }
    }
    return Latency.Pair.ofNanos(Arrays.copyOf(a, pairs), Arrays.copyOf(b, pairs));
  }

  /** Whether so many of the pairs were won or lost that it is no chance. */
  static boolean isDecided(int wins, int pairs) {
    return Math.abs(wins - pairs / 2.0) > DEVIATIONS * Math.sqrt(pairs) / 2;
  }
}
