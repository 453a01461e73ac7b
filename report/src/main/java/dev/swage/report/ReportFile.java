package dev.swage.report;

import dev.swage.files.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Writes text files whole or not at all. */
public final class ReportFile {
  private ReportFile() {}

  /**
   * Writes UTF-8 text to a temporary file beside the target, syncs it, and renames it over the
   * target: a reader sees the old content or the new, never a part. Missing folders are made. A
   * link to a file is written through.
   *
   * @throws ReportException when that is not possible; an existing target is then unharmed
   */
  public static void write(Path target, String text) {
    if (Files.isDirectory(target)) {
      throw new ReportException(
          "cannot write " + target + ": it is a folder; give the path of a file");
    }
    try {
      makeFolders(target.toAbsolutePath().getParent());
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      AtomicFile.write(target, out -> out.write(bytes));
    } catch (IOException e) {
      throw new ReportException(
          "cannot write " + target + ": " + cause(e) + "; choose a path you may write to", e);
    }
  }

  /** Also behind links to folders, which Java would otherwise take for files in the way. */
  private static void makeFolders(@Nullable Path folder) throws IOException {
    if (folder != null && !Files.isDirectory(folder)) {
      Files.createDirectories(folder);
    }
  }

  /** The system's reason without the path, which the message has already. */
  static String cause(IOException e) {
    return e instanceof FileAlreadyExistsException blocked
        ? blocked.getFile() + " is a file, not a folder"
        : AtomicFile.reason(e);
  }
}
