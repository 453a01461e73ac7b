package dev.swage.data;

import dev.swage.files.InputFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The files that data is read from, so that no output is written over one of them. */
public final class DataFiles {
  /** Class folders in a folder of pictures, test sets in a folder of them. */
  private static final int DEPTH = 2;

  /** Keys that name a file beside the data. */
  private static final List<String> BESIDE = List.of("tokenizer", "labels");

  private DataFiles() {}

  /**
   * Adds the files of some data; none where it is generated.
   *
   * @param folder where relative paths begin
   */
  public static void addTo(InputFiles inputs, DataSpec spec, Path folder) {
    if (!spec.format().readsFiles()) {
      return;
    }
    Path path = folder.resolve(spec.path());
    switch (spec.format()) {
      case IDX -> inputs.add(file -> holds(path, file, DataFiles::isIdx));
      case IMAGES -> addAll(inputs, path, ImageSource::isPicture);
      case LINES, WAV -> addAll(inputs, path, any -> true);
      case ONNXPB -> inputs.add(file -> holds(path, file, DataFiles::isTensor));
      default -> inputs.add(path);
    }
    for (String key : BESIDE) {
      String name = spec.options().get(key);
      if (name != null && Files.isRegularFile(folder.resolve(name))) {
        inputs.add(folder.resolve(name));
      }
    }
  }

  /** A zip file, or what is meant in a folder. */
  private static void addAll(InputFiles inputs, Path path, Predicate<Path> isData) {
    if (Files.isDirectory(path)) {
      inputs.add(file -> holds(path, file, isData, NamedFiles.DEPTH));
    } else {
      inputs.add(path);
    }
  }

  private static boolean isIdx(Path file) {
    return file.toString().matches(".*idx[13]-ubyte(?:\\.gz)?");
  }

  private static boolean isTensor(Path file) {
    return file.toString().endsWith(".pb");
  }

  /** Folders may hold millions of files: they are gone through only where one may be meant. */
  private static boolean holds(Path folder, Path file, Predicate<Path> isData) throws IOException {
    return holds(folder, file, isData, DEPTH);
  }

  private static boolean holds(Path folder, Path file, Predicate<Path> isData, int depth)
      throws IOException {
    if (!Files.isRegularFile(file) || !Files.isDirectory(folder)) {
      return false;
    }
    if (!isData.test(file.toRealPath()) && !isData.test(file) && links(file) == 1) {
      return false;
    }
    try (Stream<Path> all = Files.walk(folder, depth, FileVisitOption.FOLLOW_LINKS)) {
      return all.filter(isData).anyMatch(each -> isSame(each, file));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static boolean isSame(Path first, Path second) {
    try {
      return Files.isRegularFile(first) && Files.isSameFile(first, second);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many names a file has; 1 where the system does not say. */
  private static int links(Path file) throws IOException {
    return file.getFileSystem().supportedFileAttributeViews().contains("unix")
        ? (int) Files.getAttribute(file, "unix:nlink")
        : 1;
  }
}
