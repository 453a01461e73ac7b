package dev.swage.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A Java process with the options of {@code ./swage}, for what users' memory looks like. */
public final class UserProcess {
  private UserProcess() {}

  /** Runs a class of this program; what it says on standard error is dropped. */
  public static ProcessBuilder of(Class<?> program, String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseParallelGC",
            "-XX:-UseAdaptiveSizePolicy",
            "-Xms48m",
            "-XX:MaxNewSize=32m",
            "-cp",
            System.getProperty("java.class.path"),
            program.getName()));
    command.addAll(List.of(args));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
  }
}
