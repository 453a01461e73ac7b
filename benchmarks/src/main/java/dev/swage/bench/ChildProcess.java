package dev.swage.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs one benchmark in a Java process like this one and reads its outcome back from a file. */
final class ChildProcess {
  private ChildProcess() {}

  /** The outcome, or empty when the process failed; it has then said why on standard error. */
  static Optional<Outcome> run(Benchmark benchmark) throws IOException, InterruptedException {
    Path file = Files.createTempFile("swage-bench-", ".json");
    try {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
      command.addAll(
          List.of("-cp", System.getProperty("java.class.path"), ChildProcess.class.getName()));
      command.addAll(List.of(benchmark.name(), file.toString()));
      int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
      return exit == 0 ? Optional.of(Json.readOutcome(Files.readString(file))) : Optional.empty();
    } finally {
      Files.delete(file);
    }
  }

  /** Arguments: the benchmark's name and the file for its outcome. */
  public static void main(String[] args) throws IOException {
    Benchmark benchmark = Benchmarks.find(args[0]).orElseThrow();
    Files.writeString(Path.of(args[1]), Json.write(benchmark.run()));
  }
}
