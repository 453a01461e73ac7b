package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.cli.SwageProcess.Ended;
import dev.swage.cli.SwageProcess.Running;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Processes that are killed at random moments, the same each time: a result is there with the bits
 * of an undisturbed run or is not there, and the next run that ends leaves nothing of any of them.
 * {@code -Dswage.kill.moments=100} tries more.
 */
@DisabledOnOs(OS.WINDOWS)
class KillTest {
  private static final int MOMENTS = Integer.getInteger("swage.kill.moments", 5);

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void killedAtAnyMoment(EndingWork work) throws Exception {
    Path whole = Files.createDirectory(folder.resolve("whole"));
    Ended undisturbed = work.undisturbed(whole);
    byte[] expected = Files.readAllBytes(work.result(whole));

    Path there = Files.createDirectory(folder.resolve("there"));
    work.prepare(there);
    SwageProcess swage = new SwageProcess(there);
    SplittableRandom random = new SplittableRandom(work.name().length());
    int results = 0;
    int left = 0;
    for (int moment = 0; moment < MOMENTS; moment++) {
      Files.deleteIfExists(work.result(there));
      Running running = swage.start(work.arguments(there));
      Thread.sleep((long) (random.nextDouble() * 1000 * undisturbed.seconds()));
      running.kill();
      left += swage.leftovers().isEmpty() ? 0 : 1;
      if (Files.exists(work.result(there))) {
        results++;
        assertThat(work.result(there)).hasBinaryContent(expected);
      }
    }
    work.whole(swage, there);
    assertThat(work.result(there)).hasBinaryContent(expected);
    System.out.printf(
        "%s: killed %d times within %.1f s; %d with a result, %d left something for the next run%n",
        work, MOMENTS, undisturbed.seconds(), results, left);
  }
}
