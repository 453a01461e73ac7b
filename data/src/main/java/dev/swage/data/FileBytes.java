package dev.swage.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** The bytes of a file, gunzipped on the way when they are a gzip stream. */
final class FileBytes {
  private FileBytes() {}

  static InputStream open(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new DataException(file + " is no file but a folder, a device or a pipe");
    }
    InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    try {
      raw.mark(2);
      boolean gzip = raw.read() == 0x1F && raw.read() == 0x8B;
      raw.reset();
      return gzip ? new GZIPInputStream(raw, 1 << 16) : raw;
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  /** The error for a file that could not be read to its end. */
  static DataException unreadable(Path file, IOException cause) {
    String reason =
        cause instanceof EOFException
            ? "it ends too early"
            : cause.getClass().getSimpleName() + ": " + cause.getMessage();
    return new DataException("%s cannot be read: %s".formatted(file, reason), cause);
  }
}
