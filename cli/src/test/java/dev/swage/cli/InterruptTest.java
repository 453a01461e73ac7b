package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.cli.SwageProcess.Ended;
import dev.swage.cli.SwageProcess.Running;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ctrl-C at random moments: exit code 130, a line at most, and nothing unfinished stays. */
@DisabledOnOs(OS.WINDOWS)
class InterruptTest {
  private static final int MOMENTS = Integer.getInteger("swage.interrupt.moments", 3);

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void stoppedAtAnyMoment(EndingWork work) throws Exception {
    work.prepare(folder);
    SwageProcess swage = new SwageProcess(folder);
    Ended undisturbed = swage.run(work.arguments(folder));
    assertThat(undisturbed.exitCode()).as(undisturbed.text()).isZero();
    byte[] expected = Files.readAllBytes(work.result(folder));
    SplittableRandom random = new SplittableRandom(work.name().length());
    double longest = 0;
    for (int moment = 0; moment < MOMENTS; moment++) {
      Files.deleteIfExists(work.result(folder));
      Running running = swage.start(work.arguments(folder));
      // The first tenths of a second are Java's own: nobody has said yet what a signal does.
      Thread.sleep(300 + (long) (random.nextDouble() * 800 * undisturbed.seconds()));
      long asked = System.nanoTime();
      running.signal("INT");
      Ended ended = running.ended();
      longest = Math.max(longest, (System.nanoTime() - asked) * 1e-9);
      assertThat(ended.exitCode()).as(ended.text()).isIn(0, 130);
      assertThat(ended.text()).doesNotContain("\tat ", "Exception", "internal error", "terminate");
      // An empty folder of ONNX Runtime's own loader waits for the next run.
      assertThat(swage.leftovers())
          .as(ended.text())
          .allMatch(path -> path.getFileName().toString().startsWith("onnxruntime-java"));
      // Training may be stopped behind its first result.
      if (Files.exists(work.result(folder))) {
        assertThat(work.result(folder)).hasBinaryContent(expected);
      }
    }
    assertThat(swage.run(work.arguments(folder)).exitCode()).isZero();
    assertThat(swage.leftovers()).isEmpty();
    System.out.printf("%s: stopped %d times, after %.2f s at most%n", work, MOMENTS, longest);
  }

  @Test
  void aSearchThatWasStoppedGoesOn() throws Exception {
    EndingWork work = EndingWork.SEARCH;
    work.prepare(folder);
    SwageProcess swage = new SwageProcess(folder);
    Path state = folder.resolve("small.onnx.search.json");
    Running running = swage.start(work.arguments(folder));
    while (!Files.exists(state) && running.process().isAlive()) {
      Thread.sleep(5);
    }
    running.signal("INT");
    Ended ended = running.ended();
    assertThat(ended.exitCode()).as(ended.text()).isEqualTo(130);
    assertThat(ended.text())
        .contains("swage: stopped; the same command goes on from " + state)
        .doesNotContain("not written");
    assertThat(state).exists();
    Ended rest = swage.run(work.arguments(folder));
    assertThat(rest.exitCode()).as(rest.text()).isZero();
    assertThat(work.result(folder)).exists();
    assertThat(state).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource(names = {"TRAINING", "SEARCH"})
  void aSecondRunIsRefused(EndingWork work) throws Exception {
    work.prepare(folder);
    SwageProcess swage = new SwageProcess(folder);
    Path lock =
        folder.resolve(
            work == EndingWork.SEARCH ? ".swage-small.onnx.search.json.lock" : ".swage-run.lock");
    Running first = swage.start(work.arguments(folder));
    while (!(Files.exists(lock) && Files.readString(lock).contains("process "))
        && first.process().isAlive()) {
      Thread.sleep(1);
    }
    // Stopped, it holds the lock for as long as is needed.
    first.signal("STOP");
    Ended second = swage.run(work.arguments(folder));
    assertThat(second.exitCode()).as(second.text()).isEqualTo(1);
    assertThat(second.text())
        .containsPattern("swage: .*: another .* \\(process " + first.process().pid() + "\\)");
    first.signal("CONT");
    Ended ended = first.ended();
    assertThat(ended.exitCode()).as(ended.text()).isZero();
    assertThat(swage.leftovers()).isEmpty();
  }
}
