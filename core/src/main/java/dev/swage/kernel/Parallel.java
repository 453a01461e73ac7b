package dev.swage.kernel;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.function.IntConsumer;

/**
 * Runs numbered, independent tasks on this machine's cores. Results must not depend on which thread
 * runs a task: every kernel splits its work by size, never by thread count, so that the same input
 * gives the same bits on 1…N threads.
 */
public final class Parallel {
  private Parallel() {}

  /**
   * Runs {@code task} for 0 … count−1 and returns when all are done; on the caller's thread for
   * one.
   */
  public static void forEach(int count, IntConsumer task) {
    if (count <= 1 || ForkJoinPool.getCommonPoolParallelism() == 0) {
      for (int i = 0; i < count; i++) {
        task.accept(i);
      }
      return;
    }
    ForkJoinTask<?>[] forked = new ForkJoinTask<?>[count - 1];
    for (int i = 1; i < count; i++) {
      int index = i;
      forked[i - 1] = ForkJoinPool.commonPool().submit(() -> task.accept(index));
    }
    task.accept(0);
    for (int i = forked.length - 1; i >= 0; i--) {
      forked[i].join();
    }
  }
}
