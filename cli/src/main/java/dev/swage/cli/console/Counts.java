package dev.swage.cli.console;

/** Options that count something. */
public final class Counts {
  private Counts() {}

  /**
   * The value.
   *
   * @throws UsageException naming the option if it is below 1
   */
  public static int atLeastOne(String option, int value) {
    if (value < 1) {
      throw new UsageException(option + " must be at least 1, got " + value);
    }
    return value;
  }
}
