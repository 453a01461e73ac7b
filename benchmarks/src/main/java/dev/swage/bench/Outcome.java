package dev.swage.bench;

import java.util.List;

/**
 * What one benchmark found.
 *
 * @param benchmark its name on the command line
 * @param setup what was run, one fact a line: sizes, thread counts, versions
 * @param pairs the sides that were measured alternately, ours first
 * @param series other values over time, such as resident memory
 * @param claims the promised figures
 */
public record Outcome(
    String benchmark,
    List<String> setup,
    List<Pair> pairs,
    List<Trace> series,
    List<Claim> claims) {
  public Outcome {
    setup = List.copyOf(setup);
    pairs = List.copyOf(pairs);
    series = List.copyOf(series);
    claims = List.copyOf(claims);
  }

  /**
   * Two sides measured alternately.
   *
   * @param speedup theirs over ours, round by round
   */
  public record Pair(PairedBenchmark.Side ours, PairedBenchmark.Side theirs, Series speedup) {
    public static Pair of(PairedBenchmark.Measured measured, int ours, int theirs) {
      return new Pair(measured.side(ours), measured.side(theirs), measured.speedup(ours, theirs));
    }
  }

  /** A value over time, with its unit in the name. */
  public record Trace(String name, List<Double> values) {
    public Trace {
      values = List.copyOf(values);
    }
  }
}
