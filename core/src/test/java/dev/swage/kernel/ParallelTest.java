package dev.swage.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
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
}
