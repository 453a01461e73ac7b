package dev.swage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Interrupted runs from outside: what a user types, sees, and finds in the folder. */
class ResumeCommandTest {
  private static final String RECIPE =
      """
      name: small
      seed: 3
      data:
        train: "moons:?n=640"
        validation: "moons:?n=100&split=validation"
        test: "moons:?n=100&split=test"
      model:
        input: [2]
        layers:
          - dense: 10
          - batch-norm
          - relu
          - dropout: 0.1
          - dense: 1
          - sigmoid
      train:
        loss: binary-cross-entropy
        optimizer: {adamw: {lr: 0.01}}
        batch: 32
        epochs: 4
        clip: {norm: 0.5}
      checkpoint: {every: 7, keep: 3}
      ship: float32
      """;

  @TempDir private Path folder;
  private Path recipe;

  private record Result(int exitCode, String out, String err) {}

  @BeforeEach
  void writeRecipe() throws IOException {
    recipe = Files.writeString(folder.resolve("small.yaml"), RECIPE);
  }

  private static Result swage(List<String> args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return new Result(command.execute(args.toArray(String[]::new)), out.toString(), err.toString());
  }

  private List<String> train(Path out, String... more) {
    List<String> args =
        new ArrayList<>(List.of("train", recipe.toString(), "--out", out.toString()));
    args.addAll(Arrays.asList(more));
    return args;
  }

  private static List<String> timeless(Path out) throws IOException {
    return Files.readAllLines(out.resolve("history.jsonl")).stream()
        .map(line -> line.replaceAll("\"seconds\":[^,}]*", ""))
        .toList();
  }

  private static void assertSameRun(Path actual, Path expected) throws IOException {
    assertThat(Files.readAllBytes(actual.resolve("model.onnx")))
        .isEqualTo(Files.readAllBytes(expected.resolve("model.onnx")));
    assertThat(timeless(actual)).isEqualTo(timeless(expected));
  }

  private static List<String> checkpoints(Path out) throws IOException {
    try (Stream<Path> all = Files.list(out.resolve("checkpoint"))) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void resumeGoesOnFromAnyCheckpointToTheSameFiles() throws IOException {
    Path whole = folder.resolve("whole");
    assertThat(swage(train(whole)).exitCode()).isZero();
    assertThat(checkpoints(whole))
        .containsExactly("step-00000070", "step-00000077", "step-00000080");

    // As a kill leaves it: later checkpoints never came to be, the history has half a line more.
    Path out = folder.resolve("out");
    assertThat(swage(train(out)).exitCode()).isZero();
    delete(out.resolve("checkpoint/step-00000080"));
    delete(out.resolve("checkpoint/step-00000077"));
    List<String> lines = Files.readAllLines(out.resolve("history.jsonl"));
    Files.writeString(
        out.resolve("history.jsonl"),
        String.join("\n", lines.subList(0, lines.size() - 4)) + "\n{\"type\":\"step\",\"st");
    Files.delete(out.resolve("model.onnx"));

    Result resumed = swage(train(out, "--resume"));
    assertThat(resumed.err()).isEmpty();
    assertThat(resumed.out())
        .contains(
            "resuming after step 70 (epoch 4) from " + out.resolve("checkpoint/step-00000070"));
    assertSameRun(out, whole);
  }

  private static void delete(Path checkpoint) throws IOException {
    try (Stream<Path> files = Files.list(checkpoint)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(checkpoint);
  }

  @Test
  void resumeSaysWhatItFinds() throws IOException {
    Path out = folder.resolve("out");
    Result first = swage(train(out, "--resume", "--checkpoint-every", "30", "--keep", "1"));
    assertThat(first.exitCode()).isZero();
    assertThat(first.out())
        .contains(
            "no checkpoint in %s: starting from the beginning"
                .formatted(out.resolve("checkpoint")));
    assertThat(checkpoints(out)).containsExactly("step-00000080");

    Result finished = swage(train(out, "--resume"));
    assertThat(finished.exitCode()).isZero();
    assertThat(finished.out())
        .contains("training is finished: 80 steps, 4 epochs; writing its files again");

    Result changed = swage(train(out, "--resume", "--set", "train.optimizer.adamw.lr=0.02"));
    assertThat(changed.exitCode()).isEqualTo(2);
    assertThat(changed.err())
        .isEqualTo(
            "swage: the recipe changed since %s: train.optimizer.adamw.lr: 0.01 → 0.02; change it back, or leave out --resume to train anew%n"
                .formatted(out.resolve("checkpoint/step-00000080")));
    assertThat(swage(train(out, "--resume", "--set", "train.accumulate=2")).err())
        .contains(": train.accumulate: absent → 2; ");
    assertThat(swage(train(out, "--resume", "--set", "checkpoint.keep=9")).exitCode()).isZero();

    Path manifest = out.resolve("checkpoint/step-00000080/manifest.json");
    Files.writeString(manifest, " ", StandardOpenOption.APPEND);
    Result damaged = swage(train(out, "--resume"));
    assertThat(damaged.exitCode()).isZero();
    assertThat(damaged.err())
        .contains("passed over a checkpoint: " + manifest + ": its checksum is not the one in");
    assertThat(damaged.out()).contains("starting from the beginning");
  }

  @Test
  void withoutResumeARunBeginsAnewAndKeepsTheOldCheckpointsAside() throws IOException {
    Path out = folder.resolve("out");
    assertThat(swage(train(out)).exitCode()).isZero();
    delete(out.resolve("checkpoint/step-00000080"));
    Result again = swage(train(out));
    assertThat(again.exitCode()).isZero();
    assertThat(again.out())
        .contains(
            "an earlier run stopped at step 77; training anew without --resume, its checkpoints are in "
                + out.resolve("checkpoint.previous"));
    assertThat(out.resolve("checkpoint.previous/step-00000077")).isDirectory();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void killedThenStoppedThenResumedARunEndsAsIfLeftAlone() throws Exception {
    String[] longer = {"--set", "train.epochs=8", "--set", "data.train=moons:?n=1600"};
    Path out = folder.resolve("out");
    Process killed = start(train(out, longer));
    awaitCheckpoint(out, killed);
    killed.destroyForcibly();
    assertThat(killed.waitFor()).isEqualTo(128 + 9);

    String[] resume =
        Stream.concat(Stream.of(longer), Stream.of("--resume")).toArray(String[]::new);
    List<String> before = checkpoints(out);
    Process stopped = start(train(out, resume));
    awaitOther(out, before, stopped);
    stopped.toHandle().destroy(); // SIGTERM; Process.destroy would close the output too
    String said = new String(stopped.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(stopped.waitFor()).as(said).isEqualTo(128 + 15);
    assertThat(said)
        .contains("swage: stopped after step ")
        .contains("; to go on: swage train " + recipe)
        .contains("resuming after step ");

    List<String> last = train(out, resume);
    last.addAll(List.of("--checkpoint-every", "500"));
    Result rest = swage(last);
    assertThat(rest.exitCode()).as(rest.err()).isZero();
    Path whole = folder.resolve("whole");
    List<String> alone = train(whole, longer);
    alone.addAll(List.of("--checkpoint-every", "500"));
    assertThat(swage(alone).exitCode()).isZero();
    assertSameRun(out, whole);
  }

  private static void awaitCheckpoint(Path out, Process process) throws Exception {
    while (!Files.isDirectory(out.resolve("checkpoint")) || checkpoints(out).size() < 3) {
      assertThat(process.isAlive()).isTrue();
      Thread.sleep(20);
    }
  }

  private static void awaitOther(Path out, List<String> before, Process process) throws Exception {
    while (checkpoints(out).stream()
        .filter(name -> !name.startsWith("."))
        .allMatch(before::contains)) {
      assertThat(process.isAlive()).isTrue();
      Thread.sleep(20);
    }
  }

  private static Process start(List<String> args) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(args);
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
