package dev.swage.files;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What killed processes left: temporary files and working folders, {@code .swage-} with the tag of
 * their {@link Owner}. They are removed by the next process that writes in the same folder, if
 * their owner ran on the same host and is gone, and if they belong to the same user. The same goes
 * for the files of locks that nobody holds.
 */
final class Leftovers {
  static final String PREFIX = ".swage-";
  static final String SUFFIX = ".tmp";
  static final String LOCK = ".lock";

  private static final Pattern NAME =
      Pattern.compile(
          Pattern.quote(PREFIX) + "(" + Owner.TAG + ")(?:" + Pattern.quote(SUFFIX) + ")?");
  private static final Set<Path> SEEN = ConcurrentHashMap.newKeySet();

  private Leftovers() {}

  /**
   * Looks once into the folder of something that this process has just made there.
   *
   * @param own which says who the user is
   */
  static void removeBeside(Path own) {
    Path folder = own.getParent();
    if (folder != null && SEEN.add(folder)) {
      removeFrom(folder, own);
    }
  }

  private static void removeFrom(Path folder, Path own) {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, PREFIX + "*")) {
      Object user = Files.getOwner(own, LinkOption.NOFOLLOW_LINKS);
      for (Path path : found) {
        if (user.equals(Files.getOwner(path, LinkOption.NOFOLLOW_LINKS))) {
          removeIfLeft(path);
        }
      }
    } catch (IOException | DirectoryIteratorException | UnsupportedOperationException e) {
      // A folder may be closed to readers; another process may remove the same. The next run looks
      // again.
    }
  }

  private static void removeIfLeft(Path path) throws IOException {
    String file = String.valueOf(path.getFileName());
    Matcher name = NAME.matcher(file);
    if (name.matches()) {
      if (Owner.isGone(name.group(1))) {
        Unfinished.delete(path);
      }
    } else if (file.endsWith(LOCK) && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      try {
        RunLock.take(path).close();
      } catch (RunLockedException e) {
        // A run is at work.
      }
    }
  }
}
