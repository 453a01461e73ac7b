package dev.swage.run.limit;

import com.sun.management.OperatingSystemMXBean;
import dev.swage.run.RunException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;

/**
 * What one run of a model may take. A model from a stranger may loop for ever, or ask for more
 * memory than there is; a run that goes beyond is stopped at the end of the node that it is at, and
 * is a {@link RunException} that {@link RunException#isLimited is limited}.
 *
 * <p>Limits belong to the process: all sessions keep to those that are set when a run begins.
 *
 * @param time of one run
 * @param memory that the process may take for runs, beyond what it has when a run begins, in bytes
 */
public record RunLimits(Duration time, long memory) {
  private static final Duration USUAL_TIME = Duration.ofSeconds(60);

  /** What a constant may take that an optimizer makes of a small model. */
  private static final long SMALL_CONSTANT = 64L << 20;

  /** How many times as large as the whole model a constant may be that an optimizer makes. */
  private static final long CONSTANT_GROWTH = 16;

  private static volatile RunLimits current = defaults();

  public RunLimits {
    if (time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException("the time of a run must be above 0, got " + time);
    }
    if (memory < 1) {
      throw new IllegalArgumentException(
          "the memory of a run must be at least 1 byte, got " + memory);
    }
  }

  /** 60 seconds and half of the machine's memory. */
  public static RunLimits defaults() {
    return new RunLimits(USUAL_TIME, machineMemory() / 2);
  }

  private static long machineMemory() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Runtime.getRuntime().maxMemory();
  }

  /** Those that hold now. */
  public static RunLimits current() {
    return current;
  }

  /** Sets what holds for all runs that begin from now on. */
  public static void set(RunLimits limits) {
    current = limits;
  }

  public RunLimits withTime(Duration other) {
    return new RunLimits(other, memory);
  }

  public RunLimits withMemory(long bytes) {
    return new RunLimits(time, bytes);
  }

  /**
   * What inputs of one run may take that are made up: a sixteenth of the memory, and of Java's
   * heap.
   */
  public long inputBytes() {
    return Math.min(memory, Runtime.getRuntime().maxMemory()) / 16;
  }

  /** What inputs of one run may take that come from data: an eighth of both. */
  public long batchBytes() {
    return Math.min(memory, Runtime.getRuntime().maxMemory()) / 8;
  }

  /**
   * The largest constant that ONNX Runtime's optimizer may compute when it loads a model, for which
   * there is no way to stop it.
   *
   * @param modelBytes of the model, its weights included
   */
  public long constantBytes(long modelBytes) {
    return Math.min(memory / 2, SMALL_CONSTANT + CONSTANT_GROWTH * modelBytes);
  }

  /** Why a run was stopped after this time. */
  public String tooLong() {
    return String.format(
        Locale.ROOT, "a run takes longer than the %s s that one may", seconds(time));
  }

  /** Why a run was stopped that took so many bytes. */
  public String tooLarge(long taken) {
    return String.format(
        Locale.ROOT,
        "a run takes %,d bytes of memory or more, above the %,d that one may",
        taken,
        memory);
  }

  private static String seconds(Duration time) {
    String text = String.format(Locale.ROOT, "%.3f", time.toNanos() * 1e-9);
    return text.replaceAll("\\.?0+$", "");
  }
}
