package dev.swage.testkit.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Gives a target inputs that were changed at random, and counts kinds of faults. */
public final class FuzzRun {
  /** A reading that takes longer hangs. */
  private static final long HANG_NANOS = 5_000_000_000L;

  /** What a reading may allocate, whatever the size of its input; and for each of its bytes. */
  private static final long LEAST_MEMORY = 64L << 20;

  private static final long MEMORY_PER_BYTE = 100;

  /** As small as a thread of a server may have it. */
  private static final long STACK = 512 << 10;

  private final FuzzTarget target;
  private final List<byte[]> seeds;
  private final Mutator mutator;
  private final Map<String, Finding> findings = new LinkedHashMap<>();
  private final AtomicLong began = new AtomicLong();
  private final AtomicLong length = new AtomicLong();
  private int refused;
  private double slowest;
  private long largest;

  private FuzzRun(FuzzTarget target, long seed) {
    this.target = target;
    this.seeds = target.seeds();
    this.mutator = new Mutator(seed);
  }

  /**
   * What was found.
   *
   * @param inputs how many were read
   * @param refused how many of them were refused
   * @param seconds the longest reading
   * @param bytes the most that a reading allocated
   * @param findings one of each kind of fault
   */
  public record Result(
      String target, int inputs, int refused, double seconds, long bytes, List<Finding> findings) {
    public Result {
      findings = List.copyOf(findings);
    }

    @Override
    public String toString() {
      return "%s: %,d inputs, %,d refused, longest %.3f s, most memory %,d bytes, %d kinds of faults"
          .formatted(target, inputs, refused, seconds, bytes, findings.size());
    }
  }

  /**
   * Runs a target.
   *
   * @param inputs how many; the seeds themselves come first
   * @throws IllegalStateException if a reading does not end within a minute
   */
  public static Result of(FuzzTarget target, int inputs, long seed) {
    FuzzRun run = new FuzzRun(target, seed);
    run.inThread(inputs);
    return new Result(
        target.name(),
        inputs,
        run.refused,
        run.slowest,
        run.largest,
        new ArrayList<>(run.findings.values()));
  }

  private void inThread(int inputs) {
    Thread thread = new Thread(null, () -> all(inputs), "fuzz-" + target.name(), STACK);
    thread.setDaemon(true);
    thread.start();
    try {
      while (!thread.join(Duration.ofMillis(500))) {
        long since = began.get();
        if (since != 0 && System.nanoTime() - since > 12 * HANG_NANOS) {
          StackTraceElement[] stack = thread.getStackTrace();
          throw new IllegalStateException(
              "%s: an input of %d bytes is read for more than a minute, at %s"
                  .formatted(target.name(), length.get(), List.of(stack)));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private void all(int inputs) {
    for (int i = 0; i < inputs; i++) {
      byte[] input = i < seeds.size() ? seeds.get(i) : changed();
      one(input);
    }
  }

  private byte[] changed() {
    byte[] seed = seeds.get(mutator.next(seeds.size()));
    byte[] other = seeds.get(mutator.next(seeds.size()));
    return switch (target.form()) {
      case MESSAGE -> mutator.message(seed, other);
      case TEXT -> mutator.text(seed, other);
      case BYTES -> mutator.bytes(seed, other);
    };
  }

  private void one(byte[] input) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    length.set(input.length);
    long before = threads.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    began.set(start);
    try {
      target.read(input);
    } catch (Exception | StackOverflowError | OutOfMemoryError | AssertionError | InternalError e) {
      if (Finding.isRefusal(e)) {
        refused++;
      } else {
        add(Finding.of(target.name(), e, input));
      }
    }
    long nanos = System.nanoTime() - start;
    began.set(0);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    slowest = Math.max(slowest, nanos * 1e-9);
    largest = Math.max(largest, bytes);
    if (nanos > HANG_NANOS) {
      add(new Finding(target.name(), "hangs", "%.1f s".formatted(nanos * 1e-9), input));
    }
    if (bytes > LEAST_MEMORY + MEMORY_PER_BYTE * input.length) {
      add(new Finding(target.name(), "takes memory", "%,d bytes".formatted(bytes), input));
    }
  }

  private void add(Finding finding) {
    findings.putIfAbsent(finding.kind(), finding);
  }
}
