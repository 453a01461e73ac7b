package dev.swage.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a result was measured on.
 *
 * @param cpu the processor's own name
 * @param cores processors this JVM may use
 * @param maxHeapBytes the largest heap this JVM may take
 * @param os system, release and architecture
 * @param versions versions and kinds of the parts that matter, by name, in the order given
 */
public record Machine(
    String cpu, int cores, long maxHeapBytes, String os, Map<String, String> versions) {
  private static final Path LINUX_CPUS = Path.of("/proc/cpuinfo");

  public Machine {
    Checks.positive("cores", cores);
    versions = Collections.unmodifiableMap(new LinkedHashMap<>(versions));
  }

  /**
   * This machine.
   *
   * @param versions of the libraries and kernels in use; Java's own is put before them
   */
  public static Machine current(Map<String, String> versions) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("java", Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
    all.putAll(versions);
    return new Machine(
        cpuName(),
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory(),
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"),
        all);
  }

  /** The processor in one line: Linux names it, elsewhere the architecture has to do. */
  private static String cpuName() {
    if (Files.isReadable(LINUX_CPUS)) {
      try (Stream<String> lines = Files.lines(LINUX_CPUS)) {
        return lines
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElseGet(Machine::architecture);
      } catch (IOException e) {
        return architecture();
      }
    }
    return System.getenv().getOrDefault("PROCESSOR_IDENTIFIER", architecture());
  }

  private static String architecture() {
    return System.getProperty("os.arch");
  }
}
