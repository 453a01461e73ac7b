package dev.swage.bench.fuzz;

import dev.swage.testkit.fuzz.FuzzTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What reads files only: each input becomes one, always the same. */
final class FileTarget implements FuzzTarget {
  private final String name;
  private final Form form;
  private final List<byte[]> seeds;
  private final Path file;
  private final Reader reader;

  /** Reads a file. */
  @FunctionalInterface
  interface Reader {
    void read(Path file);
  }

  FileTarget(String name, Form form, List<byte[]> seeds, Path file, Reader reader) {
    this.name = name;
    this.form = form;
    this.seeds = List.copyOf(seeds);
    this.file = file;
    this.reader = reader;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Form form() {
    return form;
  }

  @Override
  public List<byte[]> seeds() {
    return seeds;
  }

  @Override
  public void read(byte[] input) throws IOException {
    // A new file each time: what was mapped of the last one must not change.
    Files.deleteIfExists(file);
    Files.write(file, input);
    reader.read(file);
  }
}
