package dev.swage.run.time;

import dev.swage.data.DataSource;
import dev.swage.run.BoundInputs;
import dev.swage.run.ModelSession;
import dev.swage.run.SampleFeed;
import dev.swage.run.StateFeed;
import dev.swage.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Times a session. The clock runs round ONNX Runtime's own work only: inputs lie ready in native
 * memory and outputs are not copied.
 */
public final class Latency {
  private Latency() {}

  /**
   * Two sessions timed alternately, so that whatever else the machine does hits both.
   *
   * @param ratio how many times as fast the second is: {@link PairedRatio}
   */
  public record Pair(LatencyStats first, LatencyStats second, double ratio) {
    static Pair ofNanos(long[] first, long[] second) {
      return new Pair(
          LatencyStats.ofNanos(first), LatencyStats.ofNanos(second), PairedRatio.of(first, second));
    }
  }

  /**
   * A session timed in turn with others.
   *
   * @param speedup how many times as fast as the first of them it is: {@link PairedRatio}
   */
  public record Timed(LatencyStats stats, double speedup) {}

  /**
   * Runs {@code warmup} times unmeasured, then {@code runs} times measured.
   *
   * @throws IllegalArgumentException if {@code warmup} is negative or {@code runs} below 1
   */
  public static LatencyStats measure(
      ModelSession session, List<Tensor> inputs, int warmup, int runs) {
    return alternately(List.of(session), inputs, warmup, runs).getFirst().stats();
  }

  /** Measures both sessions on the same inputs, one run of each in turn. */
  public static Pair compare(
      ModelSession first, ModelSession second, List<Tensor> inputs, int warmup, int runs) {
    List<Timed> both = alternately(List.of(first, second), inputs, warmup, runs);
    return new Pair(both.getFirst().stats(), both.getLast().stats(), both.getLast().speedup());
  }

  /** Measures all sessions on the same inputs, one run of each in turn; results in their order. */
  public static List<Timed> alternately(
      List<ModelSession> sessions, List<Tensor> inputs, int warmup, int runs) {
    requireCounts(warmup, runs);
    List<BoundInputs> bound = new ArrayList<>();
    try {
      for (ModelSession session : sessions) {
        bound.add(session.bind(inputs));
      }
      long[][] nanos = new long[sessions.size()][runs];
      for (int i = -warmup; i < runs; i++) {
        for (int s = 0; s < nanos.length; s++) {
          long taken = sessions.get(s).time(bound.get(s));
          if (i >= 0) {
            nanos[s][i] = taken;
          }
        }
      }
      return Arrays.stream(nanos)
          .map(times -> new Timed(LatencyStats.ofNanos(times), PairedRatio.of(nanos[0], times)))
          .toList();
    } finally {
      bound.forEach(BoundInputs::close);
    }
  }

  /**
   * The first sample of {@code data} as the model wants it, to be timed: as many samples as the
   * model's batch dimension fixes, else one.
   */
  public static List<Tensor> sample(ModelSession session, DataSource data) {
    SampleFeed feed = new SampleFeed(session, data, 1);
    return new StateFeed(session, data).complete(feed.inputs(feed.batch(0)));
  }

  private static void requireCounts(int warmup, int runs) {
    if (warmup < 0 || runs < 1) {
      throw new IllegalArgumentException(
          "warm-up must be at least 0 and runs at least 1, got %d and %d".formatted(warmup, runs));
    }
  }
}
