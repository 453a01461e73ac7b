package dev.swage.train.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** {@code SHA256SUMS}: the checksum of each file of a folder, as {@code sha256sum -c} reads it. */
final class Checksums {
  static final String FILE = "SHA256SUMS";
  private static final int LARGEST = 1 << 16;

  private Checksums() {}

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  static String line(byte[] digest, String file) {
    return HexFormat.of().formatHex(digest) + "  " + file + "\n";
  }

  /**
   * Holds exactly these files against their checksums.
   *
   * @throws CheckpointException naming the first file that is missing or differs
   */
  static void verify(Path folder, List<String> files) throws IOException {
    Path sums = folder.resolve(FILE);
    if (!Files.isRegularFile(sums) || Files.size(sums) > LARGEST) {
      throw new CheckpointException(sums + ": missing or not a list of checksums");
    }
    List<String> lines =
        new String(Files.readAllBytes(sums), StandardCharsets.ISO_8859_1).lines().toList();
    for (String file : files) {
      Path path = folder.resolve(file);
      if (!Files.isRegularFile(path)) {
        throw new CheckpointException(path + ": missing");
      }
      if (!lines.contains(line(digestOf(path), file).strip())) {
        throw new CheckpointException(path + ": its checksum is not the one in " + FILE);
      }
    }
  }

  private static byte[] digestOf(Path file) throws IOException {
    MessageDigest digest = digest();
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      int read = 0;
      while (read >= 0) {
        read = in.read(buffer);
      }
    }
    return digest.digest();
  }
}
