package dev.swage.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The files in a folder or a zip file, by their paths in it with slashes; hidden ones are passed
 * over. Safe for many threads.
 */
interface NamedFiles extends Closeable {
  /** A sample is not larger; a zip file may claim anything. */
  long MOST_BYTES = 512L << 20;

  /** Folders below the one that is opened. */
  int DEPTH = 8;

  static NamedFiles open(Path place) throws IOException {
    if (Files.isDirectory(place)) {
      return new Folder(place);
    }
    try {
      return new Zip(place, new ZipFile(place.toFile()));
    } catch (ZipException e) {
      throw new DataException(place + " is neither a folder nor a zip file", e);
    }
  }

  /** Those that are wanted, in the order of their names. */
  List<String> names(Predicate<String> wanted) throws IOException;

  /** All bytes of one of them. */
  byte[] read(String name) throws IOException;

  /** How one is called in messages. */
  String shown(String name);

  /** Whether no part of a path is hidden. */
  static boolean isVisible(String name) {
    return !name.startsWith(".")
        && !name.contains("/.")
        && !name.startsWith("__MACOSX/")
        && !name.contains("/__MACOSX/");
  }

  /** Of a folder. */
  record Folder(Path root) implements NamedFiles {
    @Override
    public List<String> names(Predicate<String> wanted) throws IOException {
      try (Stream<Path> all = Files.walk(root, DEPTH, FileVisitOption.FOLLOW_LINKS)) {
        return all.filter(Files::isRegularFile)
            .map(file -> root.relativize(file).toString().replace('\\', '/'))
            .filter(NamedFiles::isVisible)
            .filter(wanted)
            .sorted()
            .toList();
      } catch (java.io.UncheckedIOException e) {
        throw e.getCause();
      }
    }

    @Override
    public byte[] read(String name) throws IOException {
      Path file = root.resolve(name);
      if (Files.size(file) > MOST_BYTES) {
        throw new IOException("%s has more than %d bytes".formatted(name, MOST_BYTES));
      }
      return Files.readAllBytes(file);
    }

    @Override
    public String shown(String name) {
      return root.resolve(name).toString();
    }

    @Override
    public void close() {}
  }

  /** Of a zip file. */
  record Zip(Path file, ZipFile zip) implements NamedFiles {
    @Override
    public List<String> names(Predicate<String> wanted) {
      return zip.stream()
          .filter(entry -> !entry.isDirectory())
          .map(ZipEntry::getName)
          .filter(NamedFiles::isVisible)
          .filter(wanted)
          .distinct()
          .sorted()
          .toList();
    }

    @Override
    public byte[] read(String name) throws IOException {
      ZipEntry entry = zip.getEntry(name);
      if (entry == null) {
        throw new IOException("no entry " + name);
      }
      try (InputStream in = zip.getInputStream(entry)) {
        byte[] bytes = in.readNBytes((int) MOST_BYTES + 1);
        if (bytes.length > MOST_BYTES) {
          throw new IOException("%s has more than %d bytes".formatted(name, MOST_BYTES));
        }
        return bytes;
      }
    }

    @Override
    public String shown(String name) {
      return file + " entry " + name;
    }

    @Override
    public void close() throws IOException {
      zip.close();
    }
  }
}
