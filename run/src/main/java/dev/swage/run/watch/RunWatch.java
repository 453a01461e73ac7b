package dev.swage.run.watch;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.swage.run.limit.RunLimits;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Holds the runs of one session to {@link RunLimits}. One thread looks at all runs of the process,
 * a hundred times a second while there are sessions.
 */
public final class RunWatch implements AutoCloseable {
  private static final long PERIOD_MILLIS = 10;

  private static final Set<WatchedRun> ALL = ConcurrentHashMap.newKeySet();

  /** Of the last look, which is some milliseconds ago while any run is known. */
  private static volatile long lastMemory = ProcessMemory.bytes();

  private final Queue<WatchedRun> idle = new ConcurrentLinkedQueue<>();

  /** A run of a session under options that can stop it. */
  @FunctionalInterface
  public interface Call {
    OrtSession.Result run(OrtSession.RunOptions options) throws OrtException;
  }

  static long memory() {
    return lastMemory;
  }

  /**
   * Runs a session.
   *
   * @param limited the exception for a run that was stopped, of why it was
   * @throws OrtException if the run fails by itself
   */
  public OrtSession.Result run(Call call, Function<String, ? extends RuntimeException> limited)
      throws OrtException {
    WatchedRun run = begin();
    try {
      return run(run, call, limited);
    } finally {
      end(run);
    }
  }

  /** The same; afterwards ONNX Runtime gives memory back that it does not use. */
  public OrtSession.Result runOnce(Call call, Function<String, ? extends RuntimeException> limited)
      throws OrtException {
    WatchedRun run = begin(null);
    try {
      run.options().addRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
      return run(run, call, limited);
    } finally {
      run.end();
      ALL.remove(run);
      run.close();
    }
  }

  private static OrtSession.Result run(
      WatchedRun run, Call call, Function<String, ? extends RuntimeException> limited)
      throws OrtException {
    try {
      return call.run(run.options());
    } catch (OrtException e) {
      Optional<String> stopped = run.end();
      if (stopped.isPresent()) {
        throw limited.apply(stopped.get());
      }
      throw e;
    }
  }

  /** A run that is watched from now on; {@link #end} ends that. */
  WatchedRun begin() throws OrtException {
    return begin(idle.poll());
  }

  private static WatchedRun begin(@Nullable WatchedRun known) throws OrtException {
    WatchedRun run = known == null ? new WatchedRun() : known;
    if (known == null) {
      Watcher.start();
      lastMemory = ProcessMemory.bytes();
      ALL.add(run);
    }
    run.begin();
    return run;
  }

  void end(WatchedRun run) {
    run.end();
    idle.add(run);
  }

  /** To be called when no run is under way. */
  @Override
  public void close() {
    for (WatchedRun run = idle.poll(); run != null; run = idle.poll()) {
      ALL.remove(run);
      run.close();
    }
  }

  /** The thread; it begins with the first run. */
  private static final class Watcher {
    private static final Thread THREAD = begin();

    private static Thread begin() {
      return Thread.ofPlatform().daemon().name("swage-run-watch").start(Watcher::watch);
    }

    static void start() {
      if (!THREAD.isAlive()) {
        throw new IllegalStateException("the thread that watches runs has ended");
      }
    }

    private static void watch() {
      try {
        while (true) {
          if (!ALL.isEmpty()) {
            long memory = ProcessMemory.bytes();
            lastMemory = memory;
            long now = System.nanoTime();
            ALL.forEach(run -> run.look(now, memory));
          }
          Thread.sleep(PERIOD_MILLIS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
