package dev.swage.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {
  @TempDir Path folder;

  @Test
  void onlyOneHasIt() throws IOException {
    try (RunLock _ = RunLock.take(folder, "run");
        RunLock _ = RunLock.take(folder, "other")) {
      assertThatThrownBy(() -> RunLock.take(folder, "run"))
          .isInstanceOf(RunLockedException.class)
          .hasMessage("process %d", ProcessHandle.current().pid());
    }
    assertThat(folder).isEmptyDirectory();
    RunLock.take(folder, "run").close();
    assertThat(folder).isEmptyDirectory();
  }

  /** Removing the file lets no two in. */
  @Test
  void neverTwoAtATime() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger turns = new AtomicInteger();
    List<Future<?>> all = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 4; i++) {
        all.add(
            threads.submit(() -> {
              for (int turn = 0; turn < 200; turn++) {
                try (RunLock _ = RunLock.take(folder, "run")) {
                  assertThat(inside.incrementAndGet()).isEqualTo(1);
                  turns.incrementAndGet();
                  inside.decrementAndGet();
                } catch (RunLockedException e) {
                  Thread.onSpinWait();
                }
              }
              return null;
            }));
      }
    }
    for (Future<?> each : all) {
      each.get();
    }
    assertThat(turns).hasPositiveValue();
    assertThat(folder).isEmptyDirectory();
  }
}
