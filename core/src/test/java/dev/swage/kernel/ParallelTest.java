package dev.swage.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 1000})
  void everyTaskRunsOnce(int count) {
    AtomicIntegerArray runs = new AtomicIntegerArray(count);
    Parallel.forEach(count, runs::incrementAndGet);
    for (int i = 0; i < count; i++) {
      assertThat(runs.get(i)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void aFailureIsThrownAfterAllHaveEnded(int threads) {
    AtomicInteger running = new AtomicInteger();
    try (ForkJoinPool pool = new ForkJoinPool(threads)) {
      pool.submit(() ->
              assertThatThrownBy(() -> Parallel.forEach(100, i -> failAt(i, running)))
                  .hasMessageContaining("task 37"))
          .join();
      assertThat(running).hasValue(0);
    }
  }

  private static void failAt(int index, AtomicInteger running) {
    running.incrementAndGet();
    try {
      if (index == 37) {
        throw new IllegalStateException("task 37");
      }
    } finally {
      running.decrementAndGet();
    }
  }

  @Test
  void poolWithoutThreadsLeavesTheWorkToTheCaller() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.util.concurrent.ForkJoinPool.common.parallelism=0",
                "-cp",
                System.getProperty("java.class.path"),
                CountToTen.class.getName())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
      assertThat(process.inputReader().readLine()).isEqualTo("10");
    } finally {
      process.destroyForcibly();
    }
  }

  /** A program of its own, since the common pool is sized once. */
  static final class CountToTen {
    private CountToTen() {}

    public static void main(String[] args) {
      AtomicInteger done = new AtomicInteger();
      Parallel.forEach(10, i -> done.incrementAndGet());
      System.out.println(done);
    }
  }
}
