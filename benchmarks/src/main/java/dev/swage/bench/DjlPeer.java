package dev.swage.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * DJL's PyTorch engine training a network in a process of its own, which works only while it is
 * asked to: between rounds it waits for its next line of input.
 */
final class DjlPeer implements AutoCloseable {
  /** What our trainer sets for itself before libtorch loads, as environment variables. */
  static final Map<String, String> TUNED =
      Map.of(
          "GOMP_SPINCOUNT", "1000",
          "MALLOC_MMAP_THRESHOLD_", "4294967296",
          "MALLOC_TRIM_THRESHOLD_", "8589934592",
          "MALLOC_TOP_PAD_", "268435456");

  private final PeerProcess process;
  private final String version;

  /**
   * Starts the process.
   *
   * @param network {@code mnist} or {@code resnet20}
   * @param samples file with the samples, see {@link ImageSamples#writeTo}
   * @param environment variables to add to this process's own
   */
  DjlPeer(String network, Path samples, int batchSize, int threads, Map<String, String> environment)
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
            network,
            samples.toString(),
            Integer.toString(batchSize)));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.environment().put("DJL_CACHE_DIR", target.resolve("djl-cache").toString());
    builder.environment().put("OPT_OUT_TRACKING", "true");
    process = new PeerProcess("the DJL process", builder);
    version = process.answer("ready");
  }

  /** Engine and version as DJL names them. */
  String version() {
    return version;
  }

  /** Trains for this many steps; nanoseconds on the peer's own clock. */
  long train(int steps) {
    return Long.parseLong(process.ask("steps " + steps, "nanos"));
  }

  /** How many numbers its network trains. */
  long parameters() {
    return Long.parseLong(process.ask("parameters 0", "parameters"));
  }

  /** Share of the first {@code count} samples classified rightly. */
  double accuracy(int count) {
    return Double.parseDouble(process.ask("accuracy " + count, "accuracy"));
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
