package dev.swage.cli.console;

/** What the process says when it ends; part of the command-line contract. */
public final class ExitCode {
  public static final int DONE = 0;
  public static final int FAILED = 1;
  public static final int USAGE = 2;

  /**
   * A bound (accuracy, size, speed) was missed, or outputs are damaged; the work itself is done.
   */
  public static final int BOUND_MISSED = 3;

  /** A signal stopped the work: this and its number, 130 after Ctrl-C, 143 after SIGTERM. */
  static final int SIGNALLED = 128;

  private ExitCode() {}
}
