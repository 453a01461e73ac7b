package dev.swage.compress.plan;

import dev.swage.files.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A model that cannot be quantized as asked, or a written one that is not what it should be: one
 * line that names the weight or file, what was found and the way out.
 */
public final class CompressException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CompressException(String message) {
    super(message);
  }

  public CompressException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A file that cannot be written, and why. */
  public static CompressException cannotWrite(Path file, IOException cause) {
    return new CompressException(
        "%s: cannot be written: %s".formatted(file, AtomicFile.reason(cause)), cause);
  }
}
