package dev.swage.run;

import dev.swage.tensor.Tensor;
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
   * @param ratio median of the first over median of the second: above 1 the second is faster
   */
  public record Pair(LatencyStats first, LatencyStats second, double ratio) {}

  /**
   * Runs {@code warmup} times unmeasured, then {@code runs} times measured.
   *
   * @throws IllegalArgumentException if {@code warmup} is negative or {@code runs} below 1
   */
  public static LatencyStats measure(
      ModelSession session, List<Tensor> inputs, int warmup, int runs) {
    requireCounts(warmup, runs);
    try (BoundInputs bound = session.bind(inputs)) {
      for (int i = 0; i < warmup; i++) {
        session.time(bound);
      }
      long[] nanos = new long[runs];
      for (int i = 0; i < runs; i++) {
        nanos[i] = session.time(bound);
      }
      return LatencyStats.ofNanos(nanos);
    }
  }

  /** Measures both sessions on the same inputs, one run of each in turn. */
  public static Pair compare(
      ModelSession first, ModelSession second, List<Tensor> inputs, int warmup, int runs) {
    requireCounts(warmup, runs);
    try (BoundInputs firstBound = first.bind(inputs);
        BoundInputs secondBound = second.bind(inputs)) {
      for (int i = 0; i < warmup; i++) {
        first.time(firstBound);
        second.time(secondBound);
      }
      long[] firstNanos = new long[runs];
      long[] secondNanos = new long[runs];
      for (int i = 0; i < runs; i++) {
        firstNanos[i] = first.time(firstBound);
        secondNanos[i] = second.time(secondBound);
      }
      LatencyStats a = LatencyStats.ofNanos(firstNanos);
      LatencyStats b = LatencyStats.ofNanos(secondNanos);
      return new Pair(a, b, a.p50() / b.p50());
    }
  }

  private static void requireCounts(int warmup, int runs) {
    if (warmup < 0 || runs < 1) {
      throw new IllegalArgumentException(
          "warm-up must be at least 0 and runs at least 1, got %d and %d".formatted(warmup, runs));
    }
  }
}
