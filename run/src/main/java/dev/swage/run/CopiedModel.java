package dev.swage.run;

import dev.swage.files.AtomicFile;
import dev.swage.files.Unfinished;
import dev.swage.files.WorkFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A copy of a model and of the files that its weights lie in. ONNX Runtime maps these: where
 * somebody cuts one off while it reads them, the system ends the process. Nobody else knows a copy,
 * and it takes no memory that the files themselves would not take.
 */
final class CopiedModel implements AutoCloseable {
  private final WorkFolder folder;
  private final Path file;

  private CopiedModel(WorkFolder folder, Path file) {
    this.folder = folder;
    this.file = file;
  }

  /**
   * Whether ONNX Runtime would map files of this model that others know of; all are in its folder.
   */
  static boolean isNeeded(Path model, List<Path> files) {
    Path folder = folderOf(model);
    return files.size() > 1
        && !files.stream().allMatch(Unfinished::holds)
        && files.stream()
            .allMatch(each -> absolute(each).startsWith(folder) && Files.isRegularFile(each));
  }

  /**
   * Copies the files to the folder for temporary files.
   *
   * @throws RunException if they cannot be copied
   */
  static CopiedModel of(Path model, List<Path> files) {
    try {
      WorkFolder folder = WorkFolder.temporary();
      try {
        for (Path each : files) {
          Path copy = folder.path().resolve(folderOf(model).relativize(absolute(each)).toString());
          Files.createDirectories(copy.resolveSibling(""));
          Files.copy(each, copy);
        }
        return new CopiedModel(folder, folder.path().resolve(absolute(model).getFileName()));
      } catch (IOException | RuntimeException e) {
        folder.close();
        throw e;
      }
    } catch (IOException e) {
      throw new RunException(
          "%s: its weights cannot be copied to a temporary file: %s"
              .formatted(model, AtomicFile.reason(e)),
          e);
    }
  }

  private static Path folderOf(Path model) {
    return absolute(model).resolveSibling("");
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  /** The copy of the model's own file. */
  Path file() {
    return file;
  }

  /** Deletes the files, as {@link SpilledModel#close}. */
  @Override
  public void close() {
    try {
      folder.close();
    } catch (IOException e) {
      folder.path().toFile().deleteOnExit();
    }
  }
}
