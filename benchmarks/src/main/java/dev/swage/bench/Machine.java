package dev.swage.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where the figures were measured.
 *
 * @param cpu the processor's model name
 * @param cores cores the JVM may use
 * @param memoryBytes physical memory
 * @param os operating system, version, architecture
 * @param jdk vendor and version of the Java runtime
 */
public record Machine(String cpu, int cores, long memoryBytes, String os, String jdk) {
  private static final String UNKNOWN = "unknown";

  /** This machine. Model name and memory are read from {@code /proc} and unknown elsewhere. */
  public static Machine here() {
    return new Machine(
        field(Path.of("/proc/cpuinfo"), "model name"),
        Runtime.getRuntime().availableProcessors(),
        kibibytes(Path.of("/proc/meminfo"), "MemTotal"),
        "%s %s %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")),
        System.getProperty("java.vendor") + " " + Runtime.version());
  }

  /** This process's resident memory in bytes, from {@code /proc/self/status}; 0 where unknown. */
  public static long residentBytes() {
    return kibibytes(Path.of("/proc/self/status"), "VmRSS");
  }

  private static long kibibytes(Path file, String key) {
    String value = field(file, key);
    return value.equals(UNKNOWN) ? 0 : Long.parseLong(value.replace(" kB", "")) * 1024;
  }

  /** The value of the first {@code key : value} line, or "unknown". */
  private static String field(Path file, String key) {
    if (!Files.isReadable(file)) {
      return UNKNOWN;
    }
    try {
      List<String> lines = Files.readAllLines(file);
      return lines.stream()
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(UNKNOWN);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }
}
