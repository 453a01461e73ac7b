package dev.swage.cli.console;

import java.nio.file.Path;
import java.util.Set;

/** What a path says that means standard output. */
final class StandardOutput {
  private static final Set<String> NAMES =
      Set.of("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1");

  private StandardOutput() {}

  static boolean isAt(Path path) {
    return NAMES.contains(path.toString());
  }
}
