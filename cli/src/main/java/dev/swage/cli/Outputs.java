package dev.swage.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Files that a command is to write. */
final class Outputs {
  private Outputs() {}

  /** Fails if one of the outputs is the model, which no command overwrites. */
  static void requireOther(Path model, List<Optional<Path>> outputs) {
    for (Optional<Path> output : outputs) {
      if (output.isPresent() && isSame(model, output.get())) {
        throw new UsageException(
            output.get() + ": is the input, which is never overwritten; choose another output");
      }
    }
  }

  private static boolean isSame(Path first, Path second) {
    try {
      return Files.exists(first) && Files.exists(second) && Files.isSameFile(first, second);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
