package dev.swage.files;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whose a temporary file is, as its name says: {@code <host>-<process>-<start>-<random>}. The host
 * is eight hexadecimal digits that stand for a machine and, on Linux, for the container a process
 * runs in: on a shared disk nobody can tell whether a process of another host still runs. The start
 * tells a process from a later one with the same number.
 */
final class Owner {
  /** A name's part, between {@code .swage-} and what may follow. */
  static final String TAG = "([0-9a-f]{8})-([0-9a-z]{1,13})-([0-9a-z]{1,13})-[0-9a-z]{1,13}";

  private static final int RADIX = 36;
  private static final int HOST_DIGITS = 8;

  /** Of what stands behind a process's name in {@code /proc/N/stat}, the field of its start. */
  private static final int START = 19;

  private static final Pattern PATTERN = Pattern.compile(TAG);
  private static final String HOST = Sha256.of(hostName()).substring(0, HOST_DIGITS);
  private static final ProcessHandle SELF = ProcessHandle.current();
  private static final String SELF_TAG =
      "%s-%s-%s"
          .formatted(
              HOST,
              Long.toString(SELF.pid(), RADIX),
              start(SELF).map(start -> Long.toString(start, RADIX)).orElse("0"));

  private Owner() {}

  /** A tag of this process that no other file has. */
  static String tag() {
    long random = ThreadLocalRandom.current().nextLong() >>> 1;
    return SELF_TAG + "-" + Long.toString(random, RADIX);
  }

  /** Whether the process of a tag ran on this host and does not any more. */
  static boolean isGone(String tag) {
    Matcher parts = PATTERN.matcher(tag);
    if (!parts.matches() || !parts.group(1).equals(HOST)) {
      return false;
    }
    try {
      Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(parts.group(2), RADIX));
      if (process.isEmpty() || !process.get().isAlive()) {
        return true;
      }
      long then = Long.parseLong(parts.group(3), RADIX);
      Optional<Long> now = start(process.get());
      return then != 0 && now.isPresent() && now.get() != then;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /**
   * When a process began: on Linux in ticks since the machine did, since the time of day there
   * changes when the clock is set.
   */
  private static Optional<Long> start(ProcessHandle process) {
    Path stat = Path.of("/proc", Long.toString(process.pid()), "stat");
    if (Files.exists(stat)) {
      try {
        String text = Files.readString(stat);
        // The process's name is in parentheses, and may hold any character.
        String[] fields = text.substring(text.lastIndexOf(')') + 1).strip().split(" ");
        return Optional.of(Long.parseLong(fields[START]));
      } catch (IOException | RuntimeException e) {
        return Optional.empty(); // It ended just now, or may not be looked at.
      }
    }
    return process.info().startInstant().map(Instant::toEpochMilli);
  }

  private static String hostName() {
    String name;
    try {
      name = InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      name = "localhost";
    }
    try {
      return name + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
    } catch (IOException | UnsupportedOperationException e) {
      return name;
    }
  }
}
