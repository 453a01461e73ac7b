package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.cli.SwageProcess.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Files that cannot grow beyond some size, as on a disk that is full by then: whatever is being
 * written ends in one line, a result is whole or not there, and the next run with room gives the
 * bits of an undisturbed one. {@code -Dswage.full.sizes=100} tries more.
 */
@DisabledOnOs(OS.WINDOWS)
class FullDiskTest {
  private static final int SIZES = Integer.getInteger("swage.full.sizes", 3);

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void noRoomIsOneLine(EndingWork work) throws Exception {
    Path whole = Files.createDirectory(folder.resolve("whole"));
    work.undisturbed(whole);
    byte[] expected = Files.readAllBytes(work.result(whole));

    Path there = Files.createDirectory(folder.resolve("there"));
    work.prepare(there);
    SwageProcess swage = new SwageProcess(there);
    SplittableRandom random = new SplittableRandom(work.name().length());
    long most = Math.max(8, expected.length >> 9);
    int failed = 0;
    for (int i = 0; i < SIZES; i++) {
      Files.deleteIfExists(work.result(there));
      // The first size is one at which every work fails.
      long kibibytes = i == 0 ? 1 : random.nextLong(1, most);
      Ended ended = swage.ofFilesUpTo(kibibytes).run(work.arguments(there));
      if (ended.exitCode() != 0) {
        failed++;
        assertThat(ended.exitCode()).as(ended.text()).isEqualTo(1);
        assertThat(ended.text().lines().filter(line -> line.startsWith("swage: ")))
            .as(ended.text())
            .anyMatch(line -> line.contains("File too large"));
      }
      assertThat(ended.text()).doesNotContain("\tat ", "Exception", "internal error");
      if (Files.exists(work.result(there))) {
        assertThat(work.result(there)).hasBinaryContent(expected);
      }
    }
    assertThat(failed).isPositive();
    work.whole(swage, there);
    assertThat(work.result(there)).hasBinaryContent(expected);
    System.out.printf("%s: %d of %d sizes were too small%n", work, failed, SIZES);
  }
}
