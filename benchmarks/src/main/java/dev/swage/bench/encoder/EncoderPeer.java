package dev.swage.bench.encoder;

import dev.swage.bench.PeerProcess;
import dev.swage.bench.UserProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@link EncoderProcess} as seen from outside. */
final class EncoderPeer implements AutoCloseable {
  private static final List<String> SETTINGS =
      List.of(
          "GOMP_SPINCOUNT",
          "OPENBLAS_THREAD_TIMEOUT",
          "MALLOC_MMAP_THRESHOLD_",
          "MALLOC_TRIM_THRESHOLD_",
          "MALLOC_TOP_PAD_");

  private final PeerProcess process;
  private final String runtime;

  private EncoderPeer(String name, ProcessBuilder builder) throws IOException {
    process = new PeerProcess(name, builder);
    runtime = process.answer("ready");
  }

  /** The network written on libtorch, with none of our settings of the C library. */
  static EncoderPeer untuned(int threads) throws IOException {
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
            EncoderProcess.class.getName(),
            "torch",
            Integer.toString(threads)));
    ProcessBuilder builder = new ProcessBuilder(command);
    SETTINGS.forEach(builder.environment()::remove);
    return new EncoderPeer("untuned libtorch's process", builder);
  }

  /**
   * The largest resident memory in MiB of a process with the options of {@code ./swage} that takes
   * some steps.
   *
   * @param side {@code swage} or {@code torch}
   */
  static double peakMebibytes(String side, int threads, int steps) {
    ProcessBuilder builder = UserProcess.of(EncoderProcess.class, side, Integer.toString(threads));
    try (EncoderPeer peer = new EncoderPeer("the process of " + side, builder)) {
      peer.took("steps", steps);
      return Long.parseLong(peer.process.ask("peak", "peak")) / 1024.0;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Version, threads and tuning of its libtorch. */
  String runtime() {
    return runtime;
  }

  /** Nanoseconds on the peer's own clock for so many {@code steps} or {@code passes}. */
  long took(String what, int count) {
    return Long.parseLong(process.ask(what + " " + count, "took"));
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
