package dev.swage.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swage.onnx.OnnxWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code kill -9} at random moments, then resume, again and again: the model in the end has the
 * bytes of one whose training was left alone. More of it: {@code -Dswage.kills=20} for each of
 * {@code -Dswage.kills.clippers=all}.
 */
final class KillTest {
  private static final int KILLS = Integer.getInteger("swage.kills", 2);
  private static final int WITHIN_MILLIS = 350;

  @TempDir private Path folder;

  static Stream<String> clippers() {
    String asked = System.getProperty("swage.kills.clippers", "global norm");
    return asked.equals("all")
        ? Clippers.ALL.keySet().stream()
        : Stream.of(asked.split(",")).map(String::strip);
  }

  @ParameterizedTest
  @MethodSource("clippers")
  void a_killed_run_ends_with_the_same_bytes(String clipper) throws Exception {
    Random random = new Random(clipper.hashCode());
    Path model = folder.resolve("model.onnx");
    List<Long> beginnings = new ArrayList<>();
    int killed = 0;
    for (int i = 0; i < KILLS && !Files.exists(model); i++) {
      Process child = start(clipper, model);
      try (BufferedReader out = child.inputReader()) {
        beginnings.add(firstStep(out));
        awaitCheckpoint(child);
        Thread.sleep(random.nextInt(WITHIN_MILLIS));
        child.destroyForcibly();
        killed += child.waitFor() == 0 ? 0 : 1;
      }
    }
    assertThat(killed).isPositive();
    if (!Files.exists(model)) {
      Process last = start(clipper, model);
      try (BufferedReader out = last.inputReader()) {
        beginnings.add(firstStep(out));
        assertThat(last.waitFor()).isZero();
      }
    }
    assertThat(beginnings).isSorted();
    assertThat(beginnings.getLast()).as("the last process resumed").isPositive();
    TrainingRun alone = KilledTraining.trainer(clipper).fit(TrainerTest.spots(200, 1));
    assertThat(Files.readAllBytes(model)).isEqualTo(OnnxWriter.toBytes(alone.model()));
  }

  /** However slow the machine is: what is killed before it has saved anything proves nothing. */
  private void awaitCheckpoint(Process child) throws InterruptedException {
    Path checkpoints = folder.resolve("checkpoint");
    while (child.isAlive() && Checkpoint.newest(checkpoints).checkpoint().isEmpty()) {
      Thread.sleep(5);
    }
  }

  private static long firstStep(BufferedReader out) throws IOException {
    List<String> lines = new ArrayList<>();
    String line = out.readLine();
    while (line != null && !line.startsWith(KilledTraining.READY)) {
      lines.add(line);
      line = out.readLine();
    }
    assertThat(line).as("what the process said: %s", lines).isNotNull();
    return Long.parseLong(line.substring(KilledTraining.READY.length()));
  }

  private Process start(String clipper, Path model) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(
        List.of(
            KilledTraining.class.getName(),
            clipper,
            folder.resolve("checkpoint").toString(),
            model.toString()));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
