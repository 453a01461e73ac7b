package dev.swage.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs the command in processes of its own, with a folder of its own for temporary files. */
final class SwageProcess {
  private final Path folder;
  private final Path temporary;
  private final List<String> before;
  private final List<String> options;

  SwageProcess(Path folder) throws IOException {
    this(folder, List.of(), List.of());
  }

  private SwageProcess(Path folder, List<String> before, List<String> options) throws IOException {
    this.folder = folder;
    this.temporary = Files.createDirectories(folder.resolve("tmp"));
    this.before = before;
    this.options = options;
  }

  /** The same, with options for Java. */
  SwageProcess withOptions(String... options) throws IOException {
    return new SwageProcess(folder, before, List.of(options));
  }

  /** The same, in processes that can write no file beyond some KiB. */
  SwageProcess ofFilesUpTo(long kibibytes) throws IOException {
    String limited = "ulimit -f " + kibibytes * 2 + "; exec \"$@\"";
    return new SwageProcess(folder, List.of("sh", "-c", limited, "sh"), options);
  }

  record Ended(int exitCode, String text, double seconds) {}

  /** A process at work; what it says goes to a file. */
  record Running(Process process, Path said, long began) {
    Ended ended() throws IOException, InterruptedException {
      if (!process.waitFor(2, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError("still running: " + text());
      }
      return new Ended(process.exitValue(), text(), (System.nanoTime() - began) * 1e-9);
    }

    String text() throws IOException {
      return Files.readString(said, StandardCharsets.UTF_8);
    }

    /** Ends it as the system does, wherever it is. */
    Ended kill() throws IOException, InterruptedException {
      process.destroyForcibly();
      return ended();
    }

    void signal(String name) throws IOException, InterruptedException {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    }
  }

  Running start(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(before);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:-UsePerfData",
            "-Djava.io.tmpdir=" + temporary));
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(arguments);
    Path said = Files.createTempFile(folder, "said-", ".txt");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    return new Running(process, said, System.nanoTime());
  }

  Ended run(List<String> arguments) throws IOException, InterruptedException {
    return start(arguments).ended();
  }

  /** What of unfinished work is anywhere: in the folder, or among temporary files. */
  List<Path> leftovers() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path ->
              path.getFileName().toString().startsWith(".swage-")
                  || path.getFileName().toString().endsWith(".tmp")
                  || (path.startsWith(temporary) && !path.equals(temporary)))
          .toList();
    }
  }
}
