package dev.swage.cli.data;

import dev.swage.cli.console.ByteSize;
import dev.swage.cli.console.UsageException;
import dev.swage.run.limit.RunLimits;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What one run of a model may take. */
public final class LimitOptions {
  private static final double MOST_SECONDS = 1e9;
  private static final double NANOS = 1e9;

  @Option(
      names = "--run-seconds",
      paramLabel = "S",
      description = "A run of a model that takes longer is stopped (default: 60).")
  private Optional<Double> seconds = Optional.empty();

  @Option(
      names = "--run-memory",
      paramLabel = "SIZE",
      converter = ByteSize.class,
      description =
          "A run of a model that takes more memory is stopped (default: half of the machine's).")
  private Optional<Long> memory = Optional.empty();

  /** Before the first model is run. */
  public void set() {
    RunLimits limits = RunLimits.defaults();
    if (seconds.isPresent()) {
      double wanted = seconds.get();
      if (!(wanted > 0 && wanted <= MOST_SECONDS)) {
        throw new UsageException("--run-seconds must be above 0, got " + wanted);
      }
      limits = limits.withTime(Duration.ofNanos((long) (wanted * NANOS)));
    }
    if (memory.isPresent()) {
      if (memory.get() < 1) {
        throw new UsageException("--run-memory must be at least 1 byte, got " + memory.get());
      }
      limits = limits.withMemory(memory.get());
    }
    RunLimits.set(limits);
  }
}
