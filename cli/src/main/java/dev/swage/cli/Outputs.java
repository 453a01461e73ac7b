package dev.swage.cli;

import dev.swage.files.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Files that a command is to write. */
final class Outputs {
  private Outputs() {}

  /**
   * Fails if one of the outputs is one of the inputs, which no command overwrites, or another
   * output.
   */
  static void requireOthers(List<Optional<Path>> inputs, List<Optional<Path>> outputs) {
    List<Path> before = new ArrayList<>();
    for (Path output : outputs.stream().flatMap(Optional::stream).toList()) {
      if (inputs.stream().flatMap(Optional::stream).anyMatch(input -> isSame(input, output))) {
        throw new UsageException(
            output + ": is an input, which is never overwritten; choose another output");
      }
      if (before.stream().anyMatch(other -> isSame(other, output))) {
        throw new UsageException(output + ": is to be written twice; choose another output");
      }
      before.add(output);
    }
  }

  private static boolean isSame(Path first, Path second) {
    try {
      return AtomicFile.isSame(first, second);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
