package dev.swage.kernel;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs numbered, independent tasks on this machine's cores. Results must not depend on which thread
 * runs a task: every kernel splits its work by size, never by thread count, so that the same input
 * gives the same bits on 1…N threads.
 *
 * <p>The threads are those of the common pool and the caller; called from inside another {@link
 * ForkJoinPool}, that pool's.
 */
public final class Parallel {
  /** Never started: stands for "any other thread" when asking who may access a segment. */
  private static final Thread ANOTHER_THREAD = Thread.ofPlatform().unstarted(() -> {});

  private Parallel() {}

  /** Whether other threads than the caller's may access a segment. */
  public static boolean mayAccess(MemorySegment segment) {
    return segment.isAccessibleBy(ANOTHER_THREAD);
  }

  /**
   * Runs {@code task} for 0 … count−1 and returns when all are done; on the caller's thread for
   * one. Threads take the next number when they are free. After a task has failed no further one is
   * started, and the failure is thrown when those under way have ended.
   *
   * <p>Waking another thread costs some 10–50 µs: less work than that is done sooner in a loop.
   */
  public static void forEach(int count, IntConsumer task) {
    boolean inPool = ForkJoinTask.inForkJoinPool();
    ForkJoinPool pool = inPool ? ForkJoinTask.getPool() : ForkJoinPool.commonPool();
    int cores = inPool ? pool.getParallelism() : ForkJoinPool.getCommonPoolParallelism() + 1;
    int helpers = Math.min(count, cores) - 1;
    if (helpers <= 0) {
      for (int i = 0; i < count; i++) {
        task.accept(i);
      }
      return;
    }
    Crew crew = new Crew(count, task);
    for (int i = 0; i < helpers; i++) {
      pool.execute(crew);
    }
    try {
      crew.work();
    } finally {
      // Nobody may still touch the memory when this method has returned or thrown.
      crew.dismiss();
    }
    crew.rethrow();
  }

  /** One counter that all threads draw their next task from, and who of the helpers is at work. */
  private static final class Crew implements Runnable {
    private final AtomicInteger next = new AtomicInteger();
    private final int count;
    private final IntConsumer task;
    private int helpersAtWork;
    private boolean dismissed;
    private @Nullable RuntimeException failure;
    private @Nullable Error error;

    Crew(int count, IntConsumer task) {
      this.count = count;
      this.task = task;
    }

    void work() {
      boolean done = false;
      try {
        for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
          task.accept(i);
        }
        done = true;
      } finally {
        if (!done) {
          next.set(count);
        }
      }
    }

    /** A helper's part; one that only starts after the work is done has none. */
    @Override
    public void run() {
      synchronized (this) {
        if (dismissed) {
          return;
        }
        helpersAtWork++;
      }
      try {
        work();
      } catch (RuntimeException e) {
        failure = e;
      } catch (Error e) {
        error = e;
      } finally {
        synchronized (this) {
          helpersAtWork--;
          notifyAll();
        }
      }
    }

    /** Waits for the helpers at work; those that have not started will not, however late. */
    synchronized void dismiss() {
      dismissed = true;
      boolean interrupted = false;
      while (helpersAtWork > 0) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    synchronized void rethrow() {
      if (error != null) {
        throw error;
      }
      if (failure != null) {
        throw failure;
      }
    }
  }
}
