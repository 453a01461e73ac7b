package dev.swage.train.checkpoint;

import dev.swage.files.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code SHA256SUMS}: the checksum of each file of a folder, as {@code sha256sum -c} reads it. */
final class Checksums {
  static final String FILE = "SHA256SUMS";
  private static final int LARGEST = 1 << 16;

  private Checksums() {}

  static String line(String hash, String file) {
    return hash + "  " + file + "\n";
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
      if (!lines.contains(line(Sha256.of(path), file).strip())) {
        throw new CheckpointException(path + ": its checksum is not the one in " + FILE);
      }
    }
  }
}
