package dev.swage.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * DJL's PyTorch engine training the MNIST conv net in a process of its own, which works only while
 * it is asked to: between rounds it waits for its next line of input.
 */
final class DjlPeer implements AutoCloseable {
  /** What our trainer sets for itself before libtorch loads, as environment variables. */
  static final Map<String, String> TUNED =
      Map.of(
          "GOMP_SPINCOUNT", "1000",
          "MALLOC_MMAP_THRESHOLD_", "4294967296",
          "MALLOC_TRIM_THRESHOLD_", "8589934592",
          "MALLOC_TOP_PAD_", "268435456");

  private final Process process;
  private final BufferedWriter commands;
  private final BufferedReader answers;
  private final String version;

  /**
   * Starts the process.
   *
   * @param samples file with the samples, see {@link MnistSamples#writeTo}
   * @param environment variables to add to this process's own
   */
  DjlPeer(Path samples, int batchSize, int threads, Map<String, String> environment)
      throws IOException {
    Path target = Path.of(System.getProperty("swage.bench.djl", "benchmarks/djl/target"));
    Path dependencies = target.resolve("classpath.txt");
    if (!Files.exists(dependencies)) {
      throw new IllegalStateException(
          dependencies + " is missing: start the benchmarks with ./bench, which builds it");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-Dai.djl.offline=true",
            "-Dai.djl.pytorch.num_threads=" + threads,
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
            "-cp",
            target.resolve("swage-bench-djl.jar") + ":" + Files.readString(dependencies).strip(),
            "dev.swage.bench.djl.DjlProcess",
            samples.toString(),
            Integer.toString(batchSize)));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    builder.environment().put("DJL_CACHE_DIR", target.resolve("djl-cache").toString());
    builder.environment().put("OPT_OUT_TRACKING", "true");
    process = builder.start();
    commands = process.outputWriter(StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
    version = answer("ready");
  }

  /** Engine and version as DJL names them. */
  String version() {
    return version;
  }

  /** Trains for this many steps; nanoseconds on the peer's own clock. */
  long train(int steps) {
    return Long.parseLong(ask("steps " + steps, "nanos"));
  }

  /** Share of the first {@code count} samples classified rightly. */
  double accuracy(int count) {
    return Double.parseDouble(ask("accuracy " + count, "accuracy"));
  }

  private String ask(String command, String expected) {
    try {
      commands.write(command + "\n");
      commands.flush();
      return answer(expected);
    } catch (IOException e) {
      throw new UncheckedIOException("the DJL process does not answer", e);
    }
  }

  /** The rest of the next line that begins with this word; other lines are DJL's chatter. */
  private String answer(String word) throws IOException {
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.startsWith(word + " ")) {
        return line.substring(word.length() + 1);
      }
    }
    throw new IllegalStateException("the DJL process ended before it answered: " + word);
  }

  @Override
  public void close() throws IOException {
    commands.close();
    process.destroy();
  }
}
