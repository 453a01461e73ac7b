package dev.swage.data;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * One array of unsigned bytes in the IDX layout: two zero bytes, type 8, the rank, then each
 * dimension as a big-endian int, then the elements in row-major order.
 */
final class IdxFile {
  private static final int UNSIGNED_BYTE = 8;

  private final Path file;
  private final int[] dims;
  private final byte[] values;

  private IdxFile(Path file, int[] dims, byte[] values) {
    this.file = file;
    this.dims = dims;
    this.values = values;
  }

  /**
   * Reads a file, gzipped or not. What the header claims is believed only as far as bytes follow.
   *
   * @throws DataException if the file is not of this type and rank, or is longer or shorter than
   *     its header says
   */
  static IdxFile read(Path file, int rank) {
    try (DataInputStream in = new DataInputStream(FileBytes.open(file))) {
      byte[] magic = in.readNBytes(4);
      if (!Arrays.equals(magic, new byte[] {0, 0, UNSIGNED_BYTE, (byte) rank})) {
        throw new DataException(
            "%s begins with bytes %s, expected [0, 0, %d, %d]: an IDX file of unsigned bytes and"
                    .formatted(file, Arrays.toString(magic), UNSIGNED_BYTE, rank)
                + " rank "
                + rank);
      }
      int[] dims = new int[rank];
      long size = 1;
      for (int i = 0; i < rank; i++) {
        dims[i] = in.readInt();
        size = dims[i] < 1 || size > Integer.MAX_VALUE ? Long.MAX_VALUE : size * dims[i];
      }
      if (size > Integer.MAX_VALUE - 8) {
        throw new DataException(
            "%s has dimensions %s, expected from 1 to 2^31-9 elements"
                .formatted(file, Arrays.toString(dims)));
      }
      byte[] values = in.readNBytes((int) size);
      if (values.length < size || in.read() >= 0) {
        throw new DataException(
            "%s has dimensions %s, so %d bytes of data, but %s"
                .formatted(
                    file,
                    Arrays.toString(dims),
                    size,
                    values.length < size ? "only " + values.length + " are there" : "more follow"));
      }
      return new IdxFile(file, dims, values);
    } catch (IOException e) {
      throw FileBytes.unreadable(file, e);
    }
  }

  Path file() {
    return file;
  }

  int dim(int axis) {
    return dims[axis];
  }

  /** The elements, not a copy; as many as the product of the dimensions. */
  byte[] values() {
    return values;
  }
}
