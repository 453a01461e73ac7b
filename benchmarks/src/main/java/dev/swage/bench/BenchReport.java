package dev.swage.bench;

import java.util.List;
import java.util.Locale;

/**
 * All that a run of {@code ./bench} found.
 *
 * @param schema version of this layout
 * @param date when the run began, ISO 8601
 * @param revision the source revision that was measured
 * @param machine where
 * @param outcomes a result for each benchmark
 */
public record BenchReport(
    int schema, String date, String revision, Machine machine, List<Outcome> outcomes) {
  /** The layout written by this version. */
  public static final int SCHEMA = 1;

  public BenchReport {
    outcomes = List.copyOf(outcomes);
  }

  /** One benchmark's result as lines for a terminal. */
  public static String table(Outcome outcome) {
    StringBuilder out = new StringBuilder(outcome.benchmark()).append('\n');
    outcome.setup().forEach(line -> out.append("  ").append(line).append('\n'));
    for (Outcome.Pair pair : outcome.pairs()) {
      row(out, pair.ours());
      row(out, pair.theirs());
      out.append(
          String.format(
              Locale.ROOT,
              "    %-52s %10.2f   (%.2f … %.2f)%n",
              "speed-up, median of rounds (quartiles)",
              pair.speedup().median(),
              pair.speedup().lowerQuartile(),
              pair.speedup().upperQuartile()));
    }
    for (Claim claim : outcome.claims()) {
      out.append(
          String.format(
              Locale.ROOT,
              "  %-6s %s: %.3g, target %s %.3g%n",
              claim.met() ? "met" : "MISSED",
              claim.what(),
              claim.measured(),
              claim.bound() == Claim.Bound.AT_LEAST ? "at least" : "at most",
              claim.target()));
    }
    return out.toString();
  }

  private static void row(StringBuilder out, PairedBenchmark.Side side) {
    out.append(
        String.format(
            Locale.ROOT,
            "    %-52s %10.2f ms (%.2f … %.2f)%n",
            side.name(),
            side.millis().median(),
            side.millis().lowerQuartile(),
            side.millis().upperQuartile()));
  }
}
