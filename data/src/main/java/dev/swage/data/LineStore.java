package dev.swage.data;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The lines of a file that are not blank, read when they are asked for: only where each begins is
 * in memory. A gzipped file is kept in memory. Safe for many threads.
 */
final class LineStore {
  /** A line is one sample. */
  private static final int LONGEST = 64 << 20;

  private final Path file;
  private final List<byte[]> kept = new ArrayList<>();
  private long[] starts = new long[1024];
  private int[] lengths = new int[1024];
  private long[] lines = new long[1024];
  private int size;
  private final boolean inMemory;

  private LineStore(Path file, boolean inMemory) {
    this.file = file;
    this.inMemory = inMemory;
  }

  /** What is done with each line while the file is gone through. */
  interface Visitor {
    void line(int row, long line, byte[] bytes) throws IOException;
  }

  static LineStore open(Path file, Visitor visitor) throws IOException {
    try (InputStream in = new BufferedInputStream(FileBytes.open(file), 1 << 16)) {
      LineStore store = new LineStore(file, isGzip(file));
      store.read(in, visitor);
      return store;
    }
  }

  private static boolean isGzip(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.read() == 0x1F && in.read() == 0x8B;
    }
  }

  private void read(InputStream in, Visitor visitor) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    long start = 0;
    long at = 0;
    long number = 1;
    for (int next = in.read(); ; next = in.read()) {
      if (next >= 0 && next != '\n') {
        line.write(next);
        at++;
        if (line.size() > LONGEST) {
          throw new DataException(
              "%s line %d has more than %d bytes, expected one JSON object a line"
                  .formatted(file, number, LONGEST));
        }
        continue;
      }
      byte[] bytes = line.toByteArray();
      if (!isBlank(bytes)) {
        add(start, number, bytes);
        visitor.line(size - 1, number, bytes);
      }
      if (next < 0) {
        return;
      }
      line.reset();
      at++;
      start = at;
      number++;
    }
  }

  private static boolean isBlank(byte[] bytes) {
    for (byte each : bytes) {
      if (each != ' ' && each != '\t' && each != '\r') {
        return false;
      }
    }
    return true;
  }

  private void add(long start, long number, byte[] bytes) {
    if (size == starts.length) {
      starts = Arrays.copyOf(starts, 2 * size);
      lengths = Arrays.copyOf(lengths, 2 * size);
      lines = Arrays.copyOf(lines, 2 * size);
    }
    starts[size] = start;
    lengths[size] = bytes.length;
    lines[size] = number;
    size++;
    if (inMemory) {
      kept.add(bytes);
    }
  }

  int size() {
    return size;
  }

  /** The number of a row's line in the file, from 1. */
  long line(int row) {
    return lines[row];
  }

  String place(int row) {
    return file + " line " + lines[row];
  }

  byte[] at(int row) {
    if (inMemory) {
      return kept.get(row);
    }
    ByteBuffer bytes = ByteBuffer.allocate(lengths[row]);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, starts[row] + bytes.position()) < 0) {
          throw new DataException(file + " became shorter while it was read");
        }
      }
      return bytes.array();
    } catch (IOException e) {
      throw FileBytes.unreadable(file, e);
    }
  }
}
