package dev.swage.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The files that inputs consist of, which no output may be. Files are the same by what the system
 * says of them, whatever paths, links or further names lead there.
 */
public final class InputFiles {
  /** Files that are too many to be listed. */
  @FunctionalInterface
  public interface Group {
    /** Whether an existing file is one of them. */
    boolean holds(Path file) throws IOException;
  }

  private final List<Path> files = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();

  /** None yet. */
  public InputFiles() {}

  public InputFiles add(Path file) {
    files.add(file);
    return this;
  }

  /** Adds files by what tells them. */
  public InputFiles add(Group group) {
    groups.add(group);
    return this;
  }

  /** Whether a file is one of them. */
  public boolean holds(Path output) throws IOException {
    for (Path file : files) {
      if (AtomicFile.isSame(file, output)) {
        return true;
      }
    }
    for (Group group : groups) {
      if (group.holds(output)) {
        return true;
      }
    }
    return false;
  }

  /** An input that lies in a folder; empty where none of those that are listed does. */
  public Optional<Path> within(Path folder) throws IOException {
    Path real = AtomicFile.place(folder);
    for (Path file : files) {
      if (AtomicFile.place(file).startsWith(real)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  /**
   * The input that has a name which the data file of an output model might get, {@code OUT.data} or
   * {@code OUT.<12 digits>.data} beside it.
   */
  public Optional<Path> dataOf(Path output) throws IOException {
    Path target = AtomicFile.place(output);
    Pattern name =
        Pattern.compile(
            Pattern.quote(target.getFileName() + ".")
                + "(?:[0-9a-f]{"
                + Integer.toString(Fingerprint.DIGITS)
                + "}\\.)?data");
    for (Path file : files) {
      Path place = AtomicFile.place(file);
      if (name.matcher(String.valueOf(place.getFileName())).matches()
          && AtomicFile.isSame(place.resolveSibling(""), target.resolveSibling(""))) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }
}
