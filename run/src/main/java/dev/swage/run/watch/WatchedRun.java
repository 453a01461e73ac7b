package dev.swage.run.watch;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.swage.run.limit.RunLimits;
import java.util.Optional;

/** A run that {@link RunWatch} stops where it goes beyond its limits; used again and again. */
final class WatchedRun {
  private final OrtSession.RunOptions options;
  private RunLimits limits = RunLimits.current();
  private boolean running;
  private long begin;
  private long memoryAtBegin;
  private Optional<String> stopped = Optional.empty();

  WatchedRun() throws OrtException {
    options = new OrtSession.RunOptions();
  }

  OrtSession.RunOptions options() {
    return options;
  }

  synchronized void begin() throws OrtException {
    if (stopped.isPresent()) {
      options.setTerminate(false);
      stopped = Optional.empty();
    }
    limits = RunLimits.current();
    begin = System.nanoTime();
    memoryAtBegin = RunWatch.memory();
    running = true;
  }

  /** Why the run was stopped; empty where it was not. */
  synchronized Optional<String> end() {
    running = false;
    return stopped;
  }

  /** Stops the run if it goes beyond its limits. */
  synchronized void look(long now, long memory) {
    if (!running || stopped.isPresent()) {
      return;
    }
    if (now - begin > limits.time().toNanos()) {
      stop(limits.tooLong());
    } else if (memory - memoryAtBegin > limits.memory()) {
      stop(limits.tooLarge(memory - memoryAtBegin));
    }
  }

  private void stop(String reason) {
    try {
      options.setTerminate(true);
      stopped = Optional.of(reason);
    } catch (OrtException e) {
      throw new IllegalStateException("a run cannot be stopped: " + e.getMessage(), e);
    }
  }

  synchronized void close() {
    options.close();
  }
}
