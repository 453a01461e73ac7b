package dev.swage.files;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * Native libraries out of jars, unpacked once for all processes of a user: in {@code
 * $XDG_CACHE_HOME/swage} or {@code ~/.cache/swage} ({@code ~/Library/Caches/swage}, {@code
 * %LOCALAPPDATA%\swage}), or where {@code -Dswage.cache=DIR} says. The folder of a version is named
 * by its content and appears whole. It is used only if it and what is in it belong to the user, if
 * nobody else may write there, and if the checksums are those in the jar.
 */
public final class UnpackedLibrary {
  private static final int CHUNK = 1 << 16;

  private UnpackedLibrary() {}

  /** A file in a jar, with the checksum that the jar has of it. */
  private record Packed(URL url, String name, long size, long crc) {}

  /**
   * The folder that holds the libraries; empty where none can be trusted or made, so that the
   * loader has to unpack them for itself.
   *
   * @param name what they are
   * @param resources in jars, each with a file name of its own
   */
  public static Optional<Path> of(String name, List<URL> resources) {
    return in(cache(), name, resources);
  }

  static Optional<Path> in(Path cache, String name, List<URL> resources) {
    try {
      List<Packed> packed = new ArrayList<>();
      for (URL resource : resources) {
        Optional<Packed> each = packed(resource);
        if (each.isEmpty()) {
          return Optional.empty();
        }
        packed.add(each.get());
      }
      StringBuilder version = new StringBuilder();
      packed.forEach(each -> version.append(HexFormat.of().toHexDigits((int) each.crc())));
      return folder(cache, name + "-" + version, packed);
    } catch (IOException | UnsupportedOperationException | SecurityException e) {
      return Optional.empty();
    }
  }

  private static Optional<Packed> packed(URL resource) throws IOException {
    URLConnection connection = resource.openConnection();
    if (!(connection instanceof JarURLConnection jar) || jar.getJarEntry() == null) {
      return Optional.empty();
    }
    String path = jar.getJarEntry().getName();
    return Optional.of(
        new Packed(
            resource,
            path.substring(path.lastIndexOf('/') + 1),
            jar.getJarEntry().getSize(),
            jar.getJarEntry().getCrc()));
  }

  private static Path cache() {
    String chosen = System.getProperty("swage.cache");
    if (chosen != null) {
      return Path.of(chosen);
    }
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    Path home = Path.of(System.getProperty("user.home"));
    String local = System.getenv(system.contains("win") ? "LOCALAPPDATA" : "XDG_CACHE_HOME");
    Path caches =
        local != null && Path.of(local).isAbsolute()
            ? Path.of(local)
            : home.resolve(system.contains("mac") ? "Library/Caches" : ".cache");
    return caches.resolve("swage");
  }

  private static Optional<Path> folder(Path cache, String name, List<Packed> packed)
      throws IOException {
    Path folder = cache.resolve(name);
    Files.createDirectories(cache);
    try (WorkFolder work = WorkFolder.in(cache)) {
      // What this process makes is the user's.
      Object user = Files.getOwner(work.path());
      if (!isOwn(cache, user)) {
        return Optional.empty();
      }
      if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
        if (!isOwn(folder, user)) {
          return Optional.empty();
        }
        if (isWhole(folder, packed, user)) {
          return Optional.of(folder);
        }
        WorkFolder.taking(folder).close();
      }
      for (Packed each : packed) {
        AtomicFile.writeNew(
            work.path().resolve(each.name()),
            out -> {
              try (InputStream in = each.url().openStream()) {
                in.transferTo(out);
              }
            });
      }
      try {
        work.moveTo(folder);
      } catch (FileSystemException e) {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
          throw e;
        }
        // Another process was faster.
      }
      return isOwn(folder, user) && isWhole(folder, packed, user)
          ? Optional.of(folder)
          : Optional.empty();
    }
  }

  /** Whether a file or folder is the user's, no link, and nobody else can write to it. */
  private static boolean isOwn(Path path, Object user) throws IOException {
    if (Files.isSymbolicLink(path)
        || !user.equals(Files.getOwner(path, LinkOption.NOFOLLOW_LINKS))) {
      return false;
    }
    if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return true;
    }
    PosixFileAttributes attributes =
        Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return !attributes.permissions().contains(PosixFilePermission.GROUP_WRITE)
        && !attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE);
  }

  private static boolean isWhole(Path folder, List<Packed> packed, Object user) throws IOException {
    for (Packed each : packed) {
      Path file = folder.resolve(each.name());
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          || !isOwn(file, user)
          || Files.size(file) != each.size()
          || crc(file) != each.crc()) {
        return false;
      }
    }
    return true;
  }

  private static long crc(Path file) throws IOException {
    CRC32 crc = new CRC32();
    byte[] chunk = new byte[CHUNK];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        crc.update(chunk, 0, read);
      }
    }
    return crc.getValue();
  }
}
