package dev.swage.kernel;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Runs numbered, independent tasks on this machine's cores. Results must not depend on which thread
 * runs a task: every kernel splits its work by size, never by thread count, so that the same input
 * gives the same bits on 1…N threads.
 *
 * <p>The threads are those of the common pool and the caller; called from inside another {@link
 * ForkJoinPool}, that pool's.
 */
public final class Parallel {
  private Parallel() {}

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
    ForkJoinTask<?>[] forked = new ForkJoinTask<?>[helpers];
    for (int i = 0; i < helpers; i++) {
      forked[i] = pool.submit(crew);
    }
    try {
      crew.run();
    } finally {
      // Nobody may still touch the memory when this method has returned or thrown.
      for (int i = helpers - 1; i >= 0; i--) {
        forked[i].quietlyJoin();
      }
    }
    for (ForkJoinTask<?> helper : forked) {
      if (helper.isCompletedAbnormally()) {
        helper.join();
      }
    }
  }

  /** One counter that all threads draw their next task from. */
  private static final class Crew implements Runnable {
    private final AtomicInteger next = new AtomicInteger();
    private final int count;
    private final IntConsumer task;

    Crew(int count, IntConsumer task) {
      this.count = count;
      this.task = task;
    }

    @Override
    public void run() {
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
  }
}
