package dev.swage.run.watch;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory of this process that is its own: the heap and native memory, without mapped files. */
public final class ProcessMemory {
  private static final Path STATM = Path.of("/proc/self/statm");
  private static final long PAGE = 4096;
  private static final int RESIDENT = 1;
  private static final int SHARED = 2;

  private ProcessMemory() {}

  /** Bytes in use; where the system does not tell them, the address space that is taken. */
  public static long bytes() {
    try {
      String[] pages = Files.readString(STATM, StandardCharsets.US_ASCII).strip().split(" ");
      return (Long.parseLong(pages[RESIDENT]) - Long.parseLong(pages[SHARED])) * PAGE;
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
          ? system.getCommittedVirtualMemorySize()
          : 0;
    }
  }
}
