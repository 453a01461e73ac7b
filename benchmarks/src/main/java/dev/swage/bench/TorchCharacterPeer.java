package dev.swage.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link TorchCharacterProcess} as libtorch comes: none of our settings of the C library are in its
 * environment or made by it. It works only while it is asked to.
 */
final class TorchCharacterPeer implements AutoCloseable {
  private static final List<String> SETTINGS =
      List.of(
          "GOMP_SPINCOUNT",
          "OPENBLAS_THREAD_TIMEOUT",
          "MALLOC_MMAP_THRESHOLD_",
          "MALLOC_TRIM_THRESHOLD_",
          "MALLOC_TOP_PAD_");

  private final Process process;
  private final BufferedWriter commands;
  private final BufferedReader answers;
  private final String runtime;
  private float loss;

  TorchCharacterPeer(int sequences, long seed, int batch, int threads) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dswage.tuning=off",
            "-cp",
            System.getProperty("java.class.path"),
            TorchCharacterProcess.class.getName()));
    for (long argument : new long[] {sequences, seed, batch, threads}) {
      command.add(Long.toString(argument));
    }
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    SETTINGS.forEach(builder.environment()::remove);
    process = builder.start();
    commands = process.outputWriter(StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
    runtime = answer("ready");
  }

  /** Version, threads and tuning of its libtorch. */
  String runtime() {
    return runtime;
  }

  /** Takes this many steps; nanoseconds on the peer's own clock. */
  long train(int steps) {
    try {
      commands.write("steps " + steps + "\n");
      commands.flush();
      String[] words = answer("took").split(" ");
      loss = Float.parseFloat(words[1]);
      return Long.parseLong(words[0]);
    } catch (IOException e) {
      throw new UncheckedIOException("libtorch's process does not answer", e);
    }
  }

  /** The loss of the last step's batch, before it was learnt. */
  float loss() {
    return loss;
  }

  /** The rest of the next line that begins with this word. */
  private String answer(String word) throws IOException {
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.startsWith(word + " ")) {
        return line.substring(word.length() + 1);
      }
    }
    throw new IllegalStateException("libtorch's process ended before it answered: " + word);
  }

  @Override
  public void close() throws IOException {
    commands.close();
    process.destroy();
  }
}
