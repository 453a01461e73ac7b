package dev.swage.bench;

/** A paired measurement that checks its own result before it times anything. */
public interface Benchmark {
  /** The name on the command line. */
  String name();

  /** What is measured against what, in one line. */
  String description();

  /**
   * Checks, then measures. Runs in a process of its own.
   *
   * @throws IllegalStateException if the two sides do not compute the same
   */
  Outcome run();
}
