package dev.swage.bench;

import java.io.IOException;
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

  private final PeerProcess process;
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
    ProcessBuilder builder = new ProcessBuilder(command);
    SETTINGS.forEach(builder.environment()::remove);
    process = new PeerProcess("libtorch's process", builder);
    runtime = process.answer("ready");
  }

  /** Version, threads and tuning of its libtorch. */
  String runtime() {
    return runtime;
  }

  /** Takes this many steps; nanoseconds on the peer's own clock. */
  long train(int steps) {
    String[] words = process.ask("steps " + steps, "took").split(" ");
    loss = Float.parseFloat(words[1]);
    return Long.parseLong(words[0]);
  }

  /** The loss of the last step's batch, before it was learnt. */
  float loss() {
    return loss;
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
