package dev.swage.bench.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.testkit.fuzz.FuzzRun;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inputs changed at random find nothing; {@code ./bench fuzz} tries more of them. */
class FuzzTest {
  private static final int INPUTS = 40_000;

  @TempDir private Path folder;

  @Test
  void noReaderFailsOtherwiseThanByRefusing() {
    for (FuzzRun.Result result : Fuzz.run(INPUTS, 20, folder)) {
      assertThat(result.findings()).as(result.toString()).isEmpty();
      assertThat(result.refused()).as(result.toString()).isLessThan(result.inputs());
    }
  }
}
